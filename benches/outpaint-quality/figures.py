"""The figures of every picture, cut and engine: measured, and kept as CSV."""

import csv
import os
from dataclasses import asdict, dataclass, fields
from multiprocessing import get_context

import cv2

import metrics
import pictures

# Engines that are no engines: the truth, beside which the figures of others can be read.
TRUTH = "truth"

# Above this a figure says no more; an output that differs in nothing has no finite one.
MOST_PSNR = 99.0


@dataclass(frozen=True)
class Figures:
    """What was found about one output."""

    file: str
    half: str
    cut: str
    engine: str
    chosen: str
    confidence: float | None
    megapixels: float
    seconds: float
    psnr: float
    error99: float
    texture: float
    seam: float
    seam_q60: float
    step: float
    detail: float
    copied: float | None
    identical: bool


def of_all(tasks, processes):
    """The figures of all outputs of some tasks."""
    # Each process has one processor; more threads would only wait for each other.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with get_context("spawn").Pool(processes, cv2.setNumThreads, [1]) as pool:
        return [row for rows in pool.imap(_of_task, tasks) for row in rows]


def _of_task(task):
    truth = pictures.read(task.truth)
    rows = [_row(task, truth, truth, TRUTH)]
    rows += [_row(task, truth, pictures.read(made.path), engine, made) for engine, made in task.made.items()]
    return rows


def _row(task, truth, pixels, engine, made=None):
    found = metrics.measure(truth, pixels, task.cut)
    return Figures(
        file=task.file,
        half=task.picture.half,
        cut=task.cut.name,
        engine=engine,
        chosen=made.engine if made else "",
        confidence=made.confidence if made else None,
        megapixels=int(task.cut.missing.sum()) / 1e6,
        seconds=made.seconds if made else 0.0,
        **found | {"psnr": min(found["psnr"], MOST_PSNR)},
    )


def write(rows, path):
    """Keeps figures as CSV."""
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, [entry.name for entry in fields(Figures)], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _short(value) for name, value in asdict(row).items()})


def _short(value):
    return f"{value:.4f}" if isinstance(value, float) else value
