"""The metadata of a camera, so that reading headers costs what it costs on real files."""

import random
import struct

ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7
_UNITS = {ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1}

# Bytes of a maker note; cameras write 2 to 30 kB.
MAKER_NOTE = 4096


def with_camera_data(jpeg, thumbnail, serial):
    """The file with an Exif segment after its start: some kB, a thumbnail, its own serial number."""
    note = random.Random(serial).randbytes(MAKER_NOTE)
    camera = [
        (0x829A, RATIONAL, struct.pack("<II", 1, 250)),  # exposure time
        (0x829D, RATIONAL, struct.pack("<II", 28, 10)),  # f-number
        (0x8827, SHORT, struct.pack("<H", 400)),  # ISO
        (0x9003, ASCII, b"2025:06:01 12:00:00\0"),
        (0x927C, UNDEFINED, note),
    ]
    main = [
        (0x010F, ASCII, b"Synthetic\0"),
        (0x0110, ASCII, f"Grain {serial:08}\0".encode()),
        (0x0112, SHORT, struct.pack("<H", 1)),  # orientation: upright
        (0x011A, RATIONAL, struct.pack("<II", 300, 1)),
        (0x011B, RATIONAL, struct.pack("<II", 300, 1)),
    ]
    start = 8
    # The pointers to the next directories count their own entries, whose length is known.
    camera_at = start + _length([*main, (0x8769, LONG, bytes(4))])
    small_at = camera_at + _length(camera)
    small = [(0x0103, SHORT, struct.pack("<H", 6)), (0x0201, LONG, bytes(4)), (0x0202, LONG, bytes(4))]
    thumbnail_at = small_at + _length(small)
    small[1] = (0x0201, LONG, struct.pack("<I", thumbnail_at))
    small[2] = (0x0202, LONG, struct.pack("<I", len(thumbnail)))
    tiff = b"".join(
        (
            struct.pack("<2sHI", b"II", 42, start),
            _directory([*main, (0x8769, LONG, struct.pack("<I", camera_at))], start, small_at),
            _directory(camera, camera_at, 0),
            _directory(small, small_at, 0),
            thumbnail,
        )
    )
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(segment)) + segment + jpeg[2:]


def _length(entries):
    """Bytes of a directory with the values that do not fit its entries."""
    outside = sum(len(data) + len(data) % 2 for _, _, data in entries if len(data) > 4)
    return 2 + 12 * len(entries) + 4 + outside


def _directory(entries, at, following):
    """One directory of a TIFF file that stands at `at` (TIFF 6.0, section 2)."""
    head, values = struct.pack("<H", len(entries)), b""
    values_at = at + 2 + 12 * len(entries) + 4
    for tag, kind, data in entries:
        count = len(data) // _UNITS[kind]
        if len(data) <= 4:
            head += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
            continue
        head += struct.pack("<HHII", tag, kind, count, values_at + len(values))
        values += data + b"\0" * (len(data) % 2)
    return head + struct.pack("<I", following) + values
