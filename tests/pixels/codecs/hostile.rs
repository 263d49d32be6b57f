//! Files that end early, and bytes that only pretend to be files.

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::prelude::proptest;
use proptest::sample::select;

use recanvas::codecs::DecodeRequest;
use recanvas::codecs::DecoderChoice;
use recanvas::codecs::Limits;
use recanvas::codecs::decode;
use recanvas::codecs::decode_view;

use crate::codecs::LIMITS;
use crate::codecs::pictures;

/// Where the image ends in a file of the grid; what follows is not part of it. That of a PNG ends
/// with its pixel data: the chunk behind it says nothing.
fn image_end(name: &str, bytes: &[u8]) -> usize {
    if name.ends_with(".png") {
        let last = bytes.windows(4).rposition(|kind| kind == b"IDAT").expect("pixel data");
        let length = bytes[last - 4..last].try_into().expect("four bytes");
        return last + 4 + u32::from_be_bytes(length) as usize + 4;
    }
    let trailing = b"behind the end";
    let behind = bytes.windows(trailing.len()).position(|window| window == trailing);
    behind.unwrap_or_else(|| {
        assert!(!name.contains("trailing"), "{name} is no longer what it says");
        bytes.len()
    })
}

/// A file of the grid.
fn picture(name: &str) -> Vec<u8> {
    pictures("grid").into_iter().find(|(found, _)| found == name).expect("a fixture").1
}

#[test]
fn no_cut_goes_unnoticed() {
    for folder in ["grid", "orientation"] {
        for (name, bytes) in pictures(folder) {
            let end = image_end(&name, &bytes);
            let mut cuts: Vec<usize> = (0..40).map(|step| end * step / 40).collect();
            cuts.extend((1..=20).filter_map(|short| end.checked_sub(short)));
            for cut in cuts {
                let cut_off = decode(&bytes[..cut], &LIMITS);
                assert!(cut_off.is_err(), "{name} cut to {cut} of {end} bytes was taken for whole");
            }
            for whole in [end, bytes.len()] {
                let decoded = decode(&bytes[..whole], &LIMITS);
                assert!(decoded.is_ok(), "{name} with {whole} of {} bytes: {decoded:?}", bytes.len());
            }
        }
    }
}

#[test]
fn photographs_cut_short_are_noticed() {
    for (name, bytes) in pictures("photos") {
        for percent in [1, 10, 50, 90, 99] {
            let cut = bytes.len() * percent / 100;
            assert!(decode(&bytes[..cut], &LIMITS).is_err(), "{name} cut to {percent} %");
        }
    }
}

/// Where the markers with these codes stand.
fn markers(bytes: &[u8], codes: RangeInclusive<u8>) -> Vec<usize> {
    (0..bytes.len() - 1).filter(|&at| bytes[at] == 0xff && codes.contains(&bytes[at + 1])).collect()
}

/// What both decoders of JPEG say of a file: whether they take it.
fn taken(bytes: &[u8]) -> [bool; 2] {
    [DecoderChoice::Fast, DecoderChoice::Safe]
        .map(|decoder| decode_view(bytes, &LIMITS, &DecodeRequest { decoder, ..DecodeRequest::WHOLE }).is_ok())
}

#[test]
fn a_scan_that_is_cut_before_the_end_marker_is_noticed() {
    for name in ["gray__baseline.jpg", "rgb__420.jpg", "rgb__422.jpg", "rgb__444.jpg", "rgb__restarts.jpg"] {
        let bytes = picture(name);
        let end = markers(&bytes, 0xd9..=0xd9)[0];
        let begin = markers(&bytes, 0xda..=0xda)[0] + 14;
        for cut in [1, 2, 7, (end - begin) / 2, end - begin] {
            let bytes = [&bytes[..end - cut], b"\xff\xd9"].concat();
            assert_eq!(taken(&bytes), [false, false], "{name} without {cut} bytes");
        }
    }
}

#[test]
fn lost_restart_intervals_are_noticed() {
    let bytes = picture("rgb__restarts.jpg");
    let at = markers(&bytes, 0xd0..=0xd7);
    assert!(at.len() > 2, "restarts");
    let lost = [&bytes[..at[1]], &bytes[at[2]..]].concat();
    assert_eq!(taken(&lost), [false, false], "an interval is missing");
    let unmarked = [&bytes[..at[1]], &bytes[at[1] + 2..]].concat();
    assert_eq!(taken(&unmarked), [false, false], "a marker is missing");
    let mut unsaid = bytes.clone();
    let interval = markers(&bytes, 0xdd..=0xdd)[0];
    unsaid[interval + 4..interval + 6].fill(0);
    assert_eq!(taken(&unsaid), [false, false], "the header knows of no restarts");
}

#[test]
fn fill_bytes_before_a_restart_change_nothing() {
    let bytes = picture("rgb__restarts.jpg");
    let at = markers(&bytes, 0xd0..=0xd7)[1];
    let filled = [&bytes[..at], b"\xff\xff", &bytes[at..]].concat();
    // Only the decoder of usual files reduces.
    let view = |bytes: &[u8]| {
        decode_view(bytes, &LIMITS, &DecodeRequest { scale: 0.5, ..DecodeRequest::WHOLE }).expect("a whole file").view
    };
    let whole = decode(&bytes, &LIMITS).expect("a whole file").raster;
    assert!(view(&bytes).raster().size().width < whole.size().width);
    assert_eq!(view(&filled), view(&bytes));
}

#[test]
fn impossible_sampling_factors_are_noticed() {
    let bytes = picture("gray__baseline.jpg");
    let factors = markers(&bytes, 0xc0..=0xc0)[0] + 11;
    for wrong in [0x00, 0x10, 0x51, 0x1f] {
        let mut bytes = bytes.clone();
        bytes[factors] = wrong;
        assert_eq!(taken(&bytes), [false, false], "{wrong:#x}");
    }
}

#[test]
fn a_reduced_block_that_runs_past_its_end_is_decoded_as_by_the_general_decoder() {
    // 64x16 in grey, whose table has a run of 16 zeros in one bit: the fourth block has nine.
    let mut bytes = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    bytes.extend([8; 64]);
    bytes.extend(b"\xff\xc0\0\x0b\x08\0\x10\0\x40\x01\x01\x11\0");
    bytes.extend(b"\xff\xc4\0\x1f\0\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b");
    bytes.extend(b"\xff\xc4\0\x15\x10\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\0");
    bytes.extend(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0");
    bytes.extend(b"\x3b\x17\x17\x16\0\x8b\x8b\x8b\x8b\x8b\x8b\x8b\x8b\x8b\x8b\x8b\x8b\xbf\xff\xd9");
    let view = |want: DecodeRequest| decode_view(&bytes, &LIMITS, &want).expect("a file that others show").view;
    let reduced = view(DecodeRequest { scale: 0.125, ..DecodeRequest::WHOLE });
    assert_eq!(reduced, view(DecodeRequest { decoder: DecoderChoice::Safe, ..DecodeRequest::WHOLE }));
}

/// Small, so that a lying header costs no time.
const SMALL: Limits = Limits { max_pixels: 1_000_000, max_bytes: 1_000_000 };

const SIGNATURES: [&[u8]; 8] = [
    b"\xff\xd8\xff",
    b"\xff\xd8\xff\xc0\0\x11\x08\0\x10\0\x10\x03\x01\x22\0\x02\x11\x01\x03\x11\x01",
    b"\x89PNG\r\n\x1a\n",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36",
    b"RIFF\x40\0\0\0WEBP",
    b"RIFF\x40\0\0\0WEBPVP8 \x30\0\0\0\x10\0\0\x9d\x01\x2a\x10\0\x10\0",
    b"RIFF\x40\0\0\0WEBPVP8L\x30\0\0\0\x2f\x0f\xc0\x03\0",
    b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x1a\0\0\0\x0f\0\0\x0f\0\0",
];

proptest! {
    #[test]
    fn bytes_behind_a_signature_never_panic(head in select(&SIGNATURES[..]), tail in vec(any::<u8>(), 0..400)) {
        let _ = decode(&[head, &tail].concat(), &SMALL);
    }

    #[test]
    fn damaged_files_never_panic(
        file in select(pictures("grid")),
        place in any::<proptest::sample::Index>(),
        damage in vec(any::<u8>(), 1..6),
    ) {
        let (_, mut bytes) = file;
        let at = place.index(bytes.len());
        for (byte, with) in bytes[at..].iter_mut().zip(damage) {
            *byte = with;
        }
        let _ = decode(&bytes, &SMALL);
    }
}
