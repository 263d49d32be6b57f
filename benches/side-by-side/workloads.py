"""What is measured: the workloads, their bars, and the geometry that every program is given.

The pipelines beside this file are the one place for sizes, formats and qualities; the peers'
scripts get all of it as data, so that none does another work than recanvas.
"""

from dataclasses import dataclass
from functools import cached_property

import yaml
from PIL import Image

from environment import HERE

# Whether JPEG writers look for the best Huffman tables. All or none: recanvas does not unless it
# is asked for small files, which `quality.has_own_tables` holds against its files.
OPTIMISE_CODING = False

# libwebp's method, which is recanvas's and libwebp's own default.
WEBP_METHOD = 4

# The formats that store alpha; recanvas flattens for all others, and where it is told to.
WITH_ALPHA = ("png", "webp")

# Bars of memory and quality, which count for every workload with pictures.
MEMORY_BAR = 1.0
LOSS_BAR_DB = 0.3
BYTES_BAR = 1.05


@dataclass(frozen=True)
class Workload:
    """Pictures, a pipeline, and how recanvas must stand to the faster of sharp and pyvips."""

    name: str
    title: str
    corpus: str
    bar: float
    # Most wall time relative to the bare loop over the same pictures, where that is asked for.
    floor: float | None = None

    @property
    def pipeline(self):
        """The pipeline's file."""
        return HERE / "pipelines" / f"{self.name.lower()}.yaml"

    @cached_property
    def targets(self):
        """The pipeline's targets with every option that counts here."""
        document = yaml.safe_load(self.pipeline.read_text())
        common = {word: options for stage in document["stages"] for word, options in stage.items()}
        return [_Target.of(target, common) for target in document["targets"]]

    def tasks(self, sources, output):
        """What is to be made of each source, as the peers' scripts read it."""
        return [self._task(source, output) for source in sources]

    def _task(self, source, output):
        with Image.open(source) as picture:
            size, alpha = picture.size, picture.mode.endswith("A")
        outputs = [target.output(size, source, output) for target in self.targets]
        # The smallest picture of the whole source from which all outputs can be reduced.
        covering = [max(output["whole"][axis] for output in outputs) for axis in (0, 1)]
        return {"source": str(source), "size": size, "alpha": alpha, "covering": covering, "outputs": outputs}


@dataclass(frozen=True)
class _Target:
    name: str
    canvas: tuple
    crops: bool
    fill: dict | None
    convert: dict

    @classmethod
    def of(cls, written, common):
        def options(word):
            return common.get(word, {}) | written.get(word, {})

        crops = options("aspect")["fit"] == "crop"
        width, height = map(int, written["size"].split("x"))
        fill = None if crops else _fill(options("outpaint")["engine"], max(width, height))
        return cls(written["name"], (width, height), crops, fill, options("convert"))

    @property
    def flattens(self):
        """Whether transparent pixels are laid on the background."""
        return self.convert["format"] not in WITH_ALPHA or self.convert.get("alpha") == "flatten"

    def output(self, size, source, folder):
        """One output of a source: its place on the canvas, what shows of the source, and its file."""
        scales = [canvas / side for canvas, side in zip(self.canvas, size, strict=True)]
        scale = max(scales) if self.crops else min(scales)
        whole = [round(side * scale) for side in size]
        place = [min(side, canvas) for side, canvas in zip(whole, self.canvas, strict=True)]
        shown = [min(side, canvas / scale) for side, canvas in zip(size, self.canvas, strict=True)]
        file_format = self.convert["format"]
        extension = {"jpeg": "jpg"}.get(file_format, file_format)
        return {
            "path": str(folder / f"{source.stem}.{self.name}.{extension}"),
            "canvas": self.canvas,
            "crops": self.crops,
            # The size of the whole source at the output's scale.
            "whole": whole,
            # Where on the canvas the source lies, and how large.
            "at": [(canvas - side) // 2 for canvas, side in zip(self.canvas, place, strict=True)],
            "place": place,
            # The part of the source that shows: its corner and its size, in source pixels.
            "window": [(side - part) / 2 for side, part in zip(size, shown, strict=True)] + shown,
            "fill": self.fill,
            "background": self.convert.get("background", "white") if self.flattens else None,
            "format": file_format,
            "quality": self.convert["quality"],
            "optimise": OPTIMISE_CODING,
            "method": WEBP_METHOD,
        }


def _fill(engine, longer_side):
    """How margins are filled: `edge`, or `blur` with its deviation in output pixels."""
    written = engine if isinstance(engine, dict) else {"use": engine}
    fill = {"kind": written["use"]}
    if fill["kind"] == "blur":
        fill["sigma"] = _share(written["sigma"]) * longer_side
        fill["light"] = 1 - _share(written["dim"])
    return fill


def _share(percent):
    return float(percent.rstrip("%")) / 100


WORKLOADS = [
    Workload("W1", "24 MP JPEG → 1080×1080 centre crop", "jpeg-24mp", 0.75, floor=1.15),
    Workload("W2", "4 MP JPEG → 1080×1350, margins by `edge`", "jpeg-4mp", 0.50),
    Workload("W2b", "4 MP JPEG → 1080×1350, margins by `blur`", "jpeg-4mp", 0.40),
    Workload("W3", "2000×2000 PNG with alpha → 1000×1000 JPEG and WebP", "cutout-4mp", 0.42),
    Workload("W4", "12 MP JPEG → five targets", "jpeg-12mp", 0.50, floor=1.15),
    Workload("W5", "1,000 JPEG of 1 MP → 800×800", "jpeg-1mp", 0.40),
]


@dataclass(frozen=True)
class Walk:
    """A command of recanvas over a large tree, against `find` over the same tree."""

    name: str
    title: str
    command: str
    bar: float


TREE_CORPUS = "jpeg-tree"
TREE_PIPELINE = HERE / "pipelines" / "tree.yaml"
WALKS = [
    Walk("W6", "`run` over a finished tree of 100,000 tasks", "run", 5.0),
    Walk("W7", "`plan` over a new tree of 100,000 JPEG", "plan", 15.0),
]


@dataclass(frozen=True)
class Growth:
    """Whether a run's speed depends on the number of sources, and how it grows with cores."""

    name: str = "growth"
    corpus: str = "jpeg-growing"
    counts: tuple = (100, 1000, 10_000)
    # The number of sources at which one core is measured against two.
    at: int = 1000
    # Most difference in images/s between the counts, and least speed-up of the second core.
    flat_bar: float = 0.05
    cores_bar: float = 1.85

    @property
    def pipeline(self):
        """The pipeline's file."""
        return HERE / "pipelines" / "growth.yaml"


GROWTH = Growth()
NAMES = [workload.name for workload in WORKLOADS] + [walk.name for walk in WALKS] + [GROWTH.name]
