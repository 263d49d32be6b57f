"""The command line: draws the patterns, reduces them by both programs, and compares what is left."""

import argparse
import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import environment
import numpy
import pyvips
import toolbox
from patterns import PATTERNS
from PIL import Image

# How much more than libvips leaves is borne, in levels: what rounding may differ by.
TOLERANCE = 0.5

SIZES = ((720, 480), (613, 407), (401, 603))

# How a picture is stored: Pillow's options of saving.
STORED = {
    "PNG": {"suffix": "png"},
    "JPEG 4:2:0": {"suffix": "420.jpg", "quality": 95, "subsampling": 2},
    "JPEG 4:4:4": {"suffix": "444.jpg", "quality": 95, "subsampling": 0},
}

# Forty sources' lengths for each one of the output, from 1.1 to 12, whole ones among them.
WHOLE = range(2, 12)
FACTORS = sorted([*numpy.geomspace(1.1, 12, 40 - len(WHOLE)), *WHOLE])

PIPELINE = """version: 1
name: aliasing
input: {{ dir: "{folder}" }}
output: {{ dir: "{output}", path: "{{stem}}.{{ext}}" }}
targets: [{{ name: t, width: {width} }}]
stages: [{load}convert: {{ format: png }}]
"""


@dataclass(frozen=True)
class Case:
    """What is left of one picture at one factor: the largest distance from flat, in levels."""

    pattern: str
    stored: str
    size: tuple
    factor: float
    ours: float
    theirs: float

    @property
    def excess(self):
        """By how much ours is worse."""
        return self.ours - self.theirs

    def __str__(self):
        width, height = self.size
        what = f"{self.pattern}, {self.stored}, {width}×{height} at 1/{self.factor:.3f}"
        return f"{what}: {self.ours:.2f} against {self.theirs:.2f}"


def main():
    """Prints the table; the exit code says whether every case is within the tolerance."""
    options = _options()
    binary = options.binary or _built()
    drawn = _draw(environment.WORK / "pictures", options.only)
    cases = []
    for width in SIZES:
        for factor in FACTORS:
            cases += _compare(binary, drawn, width, factor, options)
    print(_table(cases))
    worse = sorted((case for case in cases if case.excess > TOLERANCE), key=lambda case: -case.excess)
    print(f"\n{len(worse)} of {len(cases)} cases are more than {TOLERANCE} levels worse than libvips")
    for case in worse[: options.show]:
        print(f"  {case}")
    return 1 if worse else 0


def _options():
    parser = argparse.ArgumentParser(prog="run", description="Measures moiré beside libvips.")
    parser.add_argument("--binary", type=Path, help="the program to measure (default: build it)")
    parser.add_argument("--only", default="", help="patterns whose names contain this")
    parser.add_argument("--oversample", help="another value than the default one")
    parser.add_argument("--show", type=int, default=40, help="how many of the worst cases are listed (default: 40)")
    return parser.parse_args()


def _built():
    subprocess.run(["cargo", "build", "--release", "--bin", "recanvas"], cwd=toolbox.ROOT, check=True)
    return toolbox.RECANVAS


def _draw(folder, only):
    """Writes the pictures, a folder for each size; for each file its pattern and how it is stored."""
    shutil.rmtree(folder, ignore_errors=True)
    drawn = {}
    for pattern in (pattern for pattern in PATTERNS if only in pattern.name):
        for width, height in SIZES:
            pixels = pattern.picture(width, height)
            picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
            for stored, saving in STORED.items():
                saving = dict(saving)
                path = folder / f"{width}" / f"{pattern.name.replace(' ', '-')}.{saving.pop('suffix')}"
                path.parent.mkdir(parents=True, exist_ok=True)
                picture.convert("RGB").save(path, **saving) if "JPEG" in stored else picture.save(path)
                drawn[path] = (pattern, stored)
    return drawn


def _compare(binary, drawn, size, factor, options):
    width = round(size[0] / factor)
    folder, output = environment.WORK / "pictures" / f"{size[0]}", environment.WORK / "output"
    shutil.rmtree(output, ignore_errors=True)
    pipeline = environment.WORK / "pipeline.yaml"
    load = f"load: {{ oversample: {options.oversample} }}, " if options.oversample else ""
    pipeline.write_text(PIPELINE.format(folder=folder, output=output, width=width, load=load))
    subprocess.run([binary, "run", pipeline, "--quiet"], check=True)
    for path in sorted(folder.iterdir()):
        pattern, stored = drawn[path]
        theirs = pyvips.Image.thumbnail(str(path), width, height=10**6, linear=False).numpy()
        ours = numpy.asarray(Image.open(output / f"{path.stem}.png"))
        level = numpy.asarray(Image.open(path)).reshape(size[1], size[0], -1).mean((0, 1))
        left = [_left(pixels, pattern, size, level) for pixels in (ours, theirs)]
        if None not in left:
            yield Case(pattern.name, stored, size, size[0] / width, *left)


def _left(pixels, pattern, size, level):
    """The largest distance from `level` where all has to be flat; nothing if that is nowhere."""
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    flat = pattern.flat(*size, pixels.shape[:2])
    return float(numpy.abs(pixels[flat] - level).max()) if flat.any() else None


def _table(cases):
    groups = defaultdict(list)
    for case in cases:
        groups[case.pattern.rstrip("0123456789. "), case.stored].append(case)
    groups["all", ""] = cases
    head = ["pattern", "stored", "cases", "worst, ours", "theirs", "mean, ours", "theirs", "worse"]
    rows = []
    for (name, stored), group in groups.items():
        ours, theirs = (numpy.array([getattr(case, whose) for case in group]) for whose in ("ours", "theirs"))
        levels = [ours.max(), theirs.max(), ours.mean(), theirs.mean()]
        worse = sum(case.excess > TOLERANCE for case in group)
        rows.append([name, stored, f"{len(group):,}", *(f"{level:.2f}" for level in levels), f"{worse}"])
    return toolbox.markdown_table(head, rows)
