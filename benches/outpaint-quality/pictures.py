"""The pictures: how they are read, which half each is in, and how much of each may be cut away."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy
from PIL import Image, ImageOps

# Pictures are reduced to this longer side: it is that of many outputs, and it hides the blocks of a JPEG.
LONGEST = 1080

# Below this there is too little left to measure once a margin is cut away.
SHORTEST = 250

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}

HALVES = ("tune", "held")

# Beside pictures: how much of each side shows nothing but backdrop.
ROOMS = "rooms.csv"


@dataclass(frozen=True)
class Sides:
    """Something of each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


# Of a photograph every part may be cut away.
ALL = Sides(100, 100, 100, 100)


@dataclass(frozen=True)
class Picture:
    """A file, and what of it may be cut away on each side, in percent."""

    path: Path
    room: Sides = ALL

    @property
    def half(self):
        """The half it is in: nobody chose it."""
        return HALVES[drawn(self.path.stem, "half") % 2]


def drawn(*words):
    """A number that follows from words alone and is as good as drawn."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def listed(folder):
    """The pictures of a folder, by name."""
    rooms = _rooms(folder / ROOMS)
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    return [Picture(file, rooms.get(file.name, ALL)) for file in files]


def write_rooms(folder, rooms):
    """Says of the files of a folder how much of them is backdrop."""
    with open(folder / ROOMS, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "left", "top", "right", "bottom"])
        writer.writerows([name, room.left, room.top, room.right, room.bottom] for name, room in sorted(rooms.items()))


def _rooms(path):
    if not path.exists():
        return {}
    with open(path, newline="") as file:
        return {
            row["file"]: Sides(*(int(row[side]) for side in ("left", "top", "right", "bottom")))
            for row in csv.DictReader(file)
        }


def read(path):
    """The upright pixels, height x width x 3 bytes, reduced to `LONGEST`."""
    with Image.open(path) as picture:
        return numpy.asarray(reduced(ImageOps.exif_transpose(picture).convert("RGB")))


def reduced(picture):
    """The picture, made smaller if it is larger than `LONGEST`."""
    if max(picture.size) > LONGEST:
        scale = LONGEST / max(picture.size)
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        return picture.resize(size, Image.Resampling.LANCZOS)
    return picture
