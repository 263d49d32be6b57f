"""Who fills margins: every local engine of recanvas, and OpenCV's inpainting, on one processor."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import cv2
import numpy
from PIL import Image

import cuts
import pictures
from cuts import Cut

# OpenCV's two methods and the radius that its examples use.
BASELINES = {"telea": cv2.INPAINT_TELEA, "navier-stokes": cv2.INPAINT_NS}
RADIUS = 3

# Numbers of threads that must not make a difference.
THREADS = (1, 2, 8)


@dataclass
class Task:
    """One cut of one picture, and what each contender made of it."""

    picture: pictures.Picture
    cut: Cut
    truth: Path
    source: Path
    made: dict = field(default_factory=dict)

    @property
    def name(self):
        """A name for its files."""
        return self.source.stem

    @property
    def file(self):
        """The picture's file name."""
        return self.picture.path.name


@dataclass(frozen=True)
class Made:
    """An output: where it lies, what it took, and what the manifest says of it."""

    path: Path
    seconds: float
    engine: str = ""
    confidence: float | None = None


def cut_all(found, folder):
    """The tasks of some pictures, with truth and source written as PNG below a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    tasks = []
    for picture in found:
        pixels = pictures.read(picture.path)
        height, width = pixels.shape[:2]
        if min(height, width) < pictures.SHORTEST:
            print(f"left out: {picture.path.name} is smaller than {pictures.SHORTEST} px")
            continue
        for cut in cuts.chosen(picture, width, height):
            # The whole name, so that two files that differ in their suffix do not meet.
            name = f"{picture.path.name}-{cut.name}.png"
            truth = folder / "truth" / name
            source = folder / f"{width}x{height}-{cut.anchor}" / "in" / name
            for path, part in ((truth, pixels), (source, pixels[cut.kept])):
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, part)
            tasks.append(Task(picture, cut, truth, source))
    return tasks


def local_engines(binary, folder):
    """The engines that a binary has and that work without being told anything."""
    listing = subprocess.run([binary, "engines", "list", "--json"], capture_output=True, text=True, check=True)
    names = [entry["name"] for entry in json.loads(listing.stdout)["engines"] if entry["kind"] == "local"]
    folder.mkdir(parents=True, exist_ok=True)
    return [name for name in names if _checks(binary, name, folder / "check.yaml")]


def _checks(binary, engine, file):
    file.write_text(json.dumps(_pipeline([engine], "100x100", "center")))
    said = subprocess.run([binary, "check", file], capture_output=True, text=True, check=False)
    if said.returncode != 0:
        print(f"left out: engine {engine}: {said.stderr.strip().splitlines()[0]}")
    return said.returncode == 0


def fill(tasks, binary, engines):
    """Lets each contender fill the margins of all tasks; one that fails has no output of it."""
    cv2.setNumThreads(1)
    for group in _groups(tasks):
        print(f"  {group[0].source.parent.parent.name}: {len(group)}", flush=True)
        _run_recanvas(group, binary, engines)
        # Right after, so that both see the same moods of the machine.
        for task in group:
            for name, method in BASELINES.items():
                task.made[name] = _inpaint(task, name, method)


def unsteady(tasks, binary, engines):
    """The engines that write other bytes with more threads, tried on the largest group of tasks."""
    group = max(_groups(tasks), key=len)

    def digests(jobs):
        records = _records(group, binary, engines, jobs)
        return {(record["source"], record["target"], record["output_hash"]) for record in records}

    one, *more = (digests(jobs) for jobs in THREADS)
    return sorted({target for other in more for _, target, _ in one ^ other})


def _groups(tasks):
    """The tasks of one size and anchor, which one run can make, by their folder."""
    tasks = sorted(tasks, key=lambda task: task.source)
    return [list(group) for _, group in groupby(tasks, key=lambda task: task.source.parent)]


def _pipeline(engines, size, anchor):
    """A pipeline with a target for each engine, as JSON, which is YAML as well."""
    targets = [{"name": engine, "size": size, "outpaint": {"engine": engine}} for engine in engines]
    stages = [{"aspect": {"fit": "expand", "anchor": anchor}}, {"convert": {"format": "png", "effort": "fast"}}]
    return {"version": 1, "name": "quality", "targets": targets, "stages": stages}


def _run_recanvas(group, binary, engines):
    """Lets all engines fill the margins of tasks of one size and anchor."""
    by_source = {task.source.name: task for task in group}
    for record in _records(group, binary, engines, jobs=1):
        by_source[record["source"]].made[record["target"]] = Made(
            path=_output(group, jobs=1) / record["output"],
            # Only whole milliseconds are told; on average half of one is left out.
            seconds=(record["timings"]["pixels_ms"] + 0.5) / 1000,
            engine=record.get("engine", ""),
            confidence=confidence_of(record),
        )


def _records(group, binary, engines, jobs):
    """What the manifest says of a run of all engines over tasks of one size and anchor, on `jobs` threads."""
    source, cut, output = group[0].source.parent, group[0].cut, _output(group, jobs)
    pipeline = source.parent / "pipeline.yaml"
    pipeline.write_text(json.dumps(_pipeline(engines, f"{cut.width}x{cut.height}", cut.anchor)))
    command = [binary, "run", pipeline, "--input", source, "--output", output, "--jobs", str(jobs), "--quiet"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.stderr:
        print(said.stderr.rstrip())
    return _finished(output / ".recanvas" / "manifest.jsonl")


def _output(group, jobs):
    return group[0].source.parent.parent / f"out-{jobs}"


def _finished(manifest):
    """The records of finished tasks."""
    with open(manifest) as lines:
        records = [json.loads(line) for line in lines]
    return [record for record in records if record["kind"] == "task_finished"]


def confidence_of(record):
    """How sure `auto` says it is, wherever in the record it says so."""
    if isinstance(record.get("confidence"), int | float):
        return float(record["confidence"])
    nested = (confidence_of(value) for value in record.values() if isinstance(value, dict))
    return next((found for found in nested if found is not None), None)


def _inpaint(task, name, method):
    source, cut = pictures.read(task.source), task.cut
    canvas = numpy.zeros((cut.height, cut.width, 3), numpy.uint8)
    canvas[cut.kept] = source
    mask = cut.missing.astype(numpy.uint8) * 255
    begun = time.perf_counter()
    # The order of the channels makes no difference to it.
    made = cv2.inpaint(canvas, mask, RADIUS, method)
    seconds = time.perf_counter() - begun
    path = _output([task], jobs=1) / f"{task.name}.{name}.png"
    _write(path, made)
    return Made(path, seconds, engine=name)


def _write(path, pixels):
    Image.fromarray(pixels).save(path, compress_level=1)
