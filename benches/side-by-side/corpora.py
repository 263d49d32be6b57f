"""Builds the pictures that everything is measured on; the same ones on every machine.

The repository's photographs are small, so they are enlarged, get finer structure from copies of
themselves, and then the grain of a sensor, until a pixel costs as many bytes as a camera's does.
What decoders spend most of their time on depends on those bytes. Corpora are built once.
"""

import os
import shutil
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy
import pyvips

import exif
from environment import CORES, ROOT, WORK

PHOTOS = sorted(path for path in (ROOT / "fixtures" / "photos").iterdir() if path.suffix != ".md")

# Raised when the pictures change, so that old ones are built anew.
RECIPE = 1

# JPEG quality of a camera, and the grain (standard deviation in levels) that leads at it to
# about 0.36 bytes a pixel: 8.7 MB at 24 MP.
CAMERA_QUALITY = 92
GRAIN = 4.0

LANDSCAPE, PORTRAIT = (3, 2), (2, 3)


@dataclass(frozen=True)
class Corpus:
    """A folder of pictures: the i-th has the i-th of `sizes`, over and over."""

    name: str
    count: int
    sizes: tuple
    suffix: str = ".jpg"
    # How many pictures are different ones. The others repeat their pixels under EXIF data of
    # their own, which makes them other files at a fraction of the building time.
    distinct: int = 200
    # Files in one folder; all in the top folder if there are no more.
    per_folder: int = 100_000
    grain: float = GRAIN

    def folder(self, scale):
        """Where the corpus lies when it is reduced to this share of its pictures."""
        return WORK / "corpora" / f"{self.name}-{self.scaled(scale)}-r{RECIPE}"

    def scaled(self, scale):
        """How many pictures it then has; never fewer than two for every size."""
        return max(round(self.count * scale), 2 * len(self.sizes))

    def path(self, index):
        """The place of a picture below the corpus' folder."""
        if self.count <= self.per_folder:
            return Path(f"{index:05}{self.suffix}")
        return Path(f"{index // self.per_folder:03}") / f"{index:06}{self.suffix}"


# The sizes are such that a source covers every target of its workload in whole pixels: peers round
# there, and no figure shall tell of rounding.
CORPORA = {
    corpus.name: corpus
    for corpus in (
        Corpus("jpeg-24mp", 24, ((6000, 4000), (6000, 4000), (4000, 6000))),
        Corpus("jpeg-12mp", 24, ((4000, 3000),)),
        Corpus("jpeg-4mp", 96, ((2400, 1600), (1600, 2400), (2000, 2000))),
        Corpus("cutout-4mp", 24, ((2000, 2000),), suffix=".png", grain=3.0),
        Corpus("jpeg-1mp", 1000, ((1224, 816), (816, 1224), (1000, 1000))),
        Corpus("jpeg-growing", 10_000, ((612, 408), (866, 578), (1000, 750), (1224, 816))),
        Corpus("jpeg-tree", 100_000, ((160, 120), (120, 160)), per_folder=1000),
    )
}


def build(name, scale=1.0):
    """The folder of a corpus, which is built if it is not there yet."""
    corpus = CORPORA[name]
    folder = corpus.folder(scale)
    if folder.exists():
        return folder
    print(f"building {folder.name}", flush=True)
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    count = corpus.scaled(scale)
    for parent in {(partial / corpus.path(index)).parent for index in range(count)}:
        parent.mkdir(parents=True, exist_ok=True)
    # A multiple of the sizes, so that a picture that repeats another has its size as well.
    distinct = min(count, corpus.distinct - corpus.distinct % len(corpus.sizes))
    # No fork: libvips has threads of its own.
    with get_context("spawn").Pool(CORES) as pool:
        parts = [(name, first, distinct, count, partial) for first in range(distinct)]
        pool.starmap(_build_part, parts, chunksize=1)
    partial.rename(folder)
    return folder


def first_of(folder, count):
    """A folder of the first pictures of another one, for series of growing folders."""
    part = folder.with_name(f"{folder.name}-first-{count}")
    if not part.exists():
        partial = part.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for source in sorted(folder.iterdir())[:count]:
            os.link(source, partial / source.name)
        partial.rename(part)
    return part


def _build_part(name, first, step, count, folder):
    """Writes one picture and all that repeat its pixels."""
    corpus = CORPORA[name]
    width, height = corpus.sizes[first % len(corpus.sizes)]
    picture = _photograph(first, width, height, corpus.grain)
    if corpus.suffix == ".png":
        _cut_out(picture, first).pngsave(str(folder / corpus.path(first)), compression=6)
        return
    saved = picture.jpegsave_buffer(Q=CAMERA_QUALITY, subsample_mode="on", keep="none")
    thumbnail = picture.thumbnail_image(160).jpegsave_buffer(Q=75, keep="none")
    for index in range(first, count, step):
        (folder / corpus.path(index)).write_bytes(exif.with_camera_data(saved, thumbnail, index))


def _photograph(index, width, height, grain):
    """A picture like a camera's. `index` seeds everything that is chosen."""
    random = numpy.random.default_rng([RECIPE, index, width, height])
    photo = pyvips.Image.new_from_file(str(PHOTOS[index % len(PHOTOS)])).colourspace("srgb")
    photo = photo[:3] if photo.bands > 3 else photo
    if random.random() < 0.5:
        photo = photo.fliphor()
    ratio = width / height
    share = random.uniform(0.75, 1.0)
    across = min(photo.width, photo.height * ratio) * share
    window_width, window_height = int(across), int(across / ratio)
    left = int(random.integers(photo.width - window_width + 1))
    top = int(random.integers(photo.height - window_height + 1))
    window = photo.crop(left, top, window_width, window_height).copy_memory()
    picture = window.resize(width / window_width, vscale=height / window_height)
    # An enlarged picture is smooth. Smaller copies, mirrored so that they have no seams, give it
    # detail of every size, as a natural picture has.
    for octave in (2, 4):
        if width // octave > window_width // 2:
            tile = window.resize(width / octave / window_width, vscale=height / octave / window_height)
            tiled = _mirrored(tile.cast("uchar"), width, height)
            picture = picture + (tiled - tiled.gaussblur(6)) * 0.5
    picture = picture + _grain(random, width, height, grain)
    return picture.cast("uchar").copy(interpretation="srgb").copy_memory()


def _mirrored(tile, width, height):
    """The tile and its mirror images side by side until they fill width x height."""
    row = tile.join(tile.fliphor(), "horizontal")
    block = row.join(row.flipver(), "vertical")
    across, down = -(-width // block.width), -(-height // block.height)
    return block.replicate(across, down).crop(0, 0, width, height)


def _grain(random, width, height, deviation):
    """Noise as a sensor and its demosaicing leave it: mostly grey, a little wider than a pixel."""

    def noise(share):
        seed = int(random.integers(2**31 - 1))
        return pyvips.Image.gaussnoise(width, height, mean=0, sigma=deviation * share, seed=seed)

    grey = noise(1.0).gaussblur(0.5) * 1.6
    red, green, blue = (grey + noise(0.35) for _ in range(3))
    return red.bandjoin([green, blue])


def _cut_out(picture, index):
    """The picture in a soft-edged round shape on nothing, as products are cut out for a shop."""
    random = numpy.random.default_rng([RECIPE, index])
    side, power = picture.width, random.uniform(1.5, 5.0)
    place = pyvips.Image.xyz(side, side)
    x, y = ((place[axis] / side - 0.5).abs() * 2 for axis in (0, 1))
    radius = (x**power + y**power) ** (1 / power)
    # Opaque up to 3/4 of the way to the border, and then soft over 12 pixels.
    alpha = ((0.75 - radius) * (side / 12) * 255 + 255).cast("uchar")
    colors = (alpha == 0).ifthenelse([0, 0, 0], picture)
    return colors.bandjoin(alpha).copy(interpretation="srgb")
