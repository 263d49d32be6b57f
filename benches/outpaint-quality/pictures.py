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

HALVES = TUNE, _ = ("tune", "held")

# Beside pictures: how much of each side shows nothing but backdrop, and what was seen before.
KNOWN = "known.csv"


@dataclass(frozen=True)
class Sides:
    """Something of each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


SIDES = ("left", "top", "right", "bottom")

# Of a photograph every part may be cut away.
ALL = Sides(100, 100, 100, 100)


@dataclass(frozen=True)
class Picture:
    """A file, what of it may be cut away on each side, in percent, and whether engines were changed
    after it had been seen what they make of it.
    """

    path: Path
    room: Sides = ALL
    is_seen: bool = False

    @property
    def half(self):
        """The half it is in: it is not chosen, but what was seen can only be tuned on."""
        return TUNE if self.is_seen else HALVES[drawn(self.path.stem, "half") % 2]


def drawn(*words):
    """A number that follows from words alone and is as good as drawn."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def listed(folder):
    """The pictures of a folder, by name."""
    known = _known(folder)
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    return [known.get(file.name, Picture(file)) for file in files]


def write_known(folder, pictures):
    """Says what is known of the pictures of a folder."""
    with open(folder / KNOWN, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", *SIDES, "seen"])
        for picture in sorted(pictures, key=lambda picture: picture.path.name):
            room = [getattr(picture.room, side) for side in SIDES]
            writer.writerow([picture.path.name, *room, "yes" if picture.is_seen else ""])


def told(path, row):
    """The picture of which a row of a list tells room and whether it was seen; no room is all."""
    room = Sides(*(int(row[side]) for side in SIDES)) if row["left"] else ALL
    return Picture(path, room, is_seen=bool(row["seen"]))


def _known(folder):
    path = folder / KNOWN
    if not path.exists():
        return {}
    with open(path, newline="") as file:
        return {row["file"]: told(folder / row["file"], row) for row in csv.DictReader(file)}


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
