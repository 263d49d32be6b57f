//! From brightness and differences of colour to RGB.

/// Pixels that are converted at once.
const CHUNK: usize = 16;

/// Writes pixels of RGB; there may be more samples than that (JFIF 1.02, conversion to RGB).
pub(crate) fn to_rgb([luma, blue, red]: [&[u8]; 3], pixels: &mut [u8]) {
    let count = pixels.len() / 3;
    let chunks = luma[..count].chunks(CHUNK).zip(blue[..count].chunks(CHUNK)).zip(red[..count].chunks(CHUNK));
    for (pixels, ((luma, blue), red)) in pixels.chunks_mut(3 * CHUNK).zip(chunks) {
        let (luma, blue, red) = (padded(luma), padded(blue), padded(red));
        // A loop, and no `from_fn` or `map`: those of the standard library are inlined, and so become vector
        // instructions, only where the compiler sees this file and them at once.
        let mut packed = [0; CHUNK];
        for at in 0..CHUNK {
            packed[at] = pixel(luma[at], blue[at], red[at]);
        }
        // Vector instructions compute, but do not write three bytes: four pixels become three words.
        let mut bytes = [0; 3 * CHUNK];
        for (words, &[a, b, c, d]) in bytes.chunks_exact_mut(12).zip(packed.as_chunks().0) {
            words[..4].copy_from_slice(&(a | b << 24).to_le_bytes());
            words[4..8].copy_from_slice(&(b >> 8 | c << 16).to_le_bytes());
            words[8..].copy_from_slice(&(c >> 16 | d << 8).to_le_bytes());
        }
        pixels.copy_from_slice(&bytes[..pixels.len()]);
    }
}

#[inline(always)]
fn padded(chunk: &[u8]) -> [u8; CHUNK] {
    chunk.try_into().unwrap_or_else(|_| {
        let mut padded = [0; CHUNK];
        padded[..chunk.len()].copy_from_slice(chunk);
        padded
    })
}

/// Red in the lowest byte, then green, then blue. In sixteenths and 16 bits, of which vector
/// instructions hold the most.
#[inline(always)]
fn pixel(luma: u8, blue: u8, red: u8) -> u32 {
    let (luma, blue, red) = (i16::from(luma) << 4 | 8, i16::from(blue) - 128, i16::from(red) - 128);
    // A factor of 2^13 and seven bits on the other side leave four after the upper half is taken.
    let times = |difference: i16, factor: i16| ((i32::from(difference << 7) * i32::from(factor)) >> 16) as i16;
    let level = |sixteenths: i16| u32::from((sixteenths >> 4).clamp(0, 255) as u16);
    // 1.402, 0.344136, 0.714136 and 1.772.
    let green = luma - times(blue, 2_819) - times(red, 5_850);
    level(luma + times(red, 11_485)) | level(green) << 8 | level(luma + times(blue, 14_516)) << 16
}
