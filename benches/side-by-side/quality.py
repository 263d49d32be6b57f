"""How close an output is to what it should be: the source, decoded in full, cut to the exact
fractional window and resampled by Lanczos in floating point.

All files are decoded by one decoder, Pillow's. Where an output has margins, only the source's part
is compared: how margins look is a matter of taste.
"""

from functools import cache
from pathlib import Path
from statistics import fmean

import numpy
from PIL import Image

# How many sources of a workload are compared.
SAMPLES = 6

LOBES = 3


def compare(tasks, outputs_of):
    """PSNR (dB) and SSIM of each contender's outputs, at the mean of some tasks.

    `outputs_of` has for each name a function from an output's file to that contender's file.
    """
    spread = tasks[:: max(1, len(tasks) // SAMPLES)][:SAMPLES]
    found = {name: [] for name in outputs_of}
    for task in spread:
        source = _decoded(task["source"])
        for output in task["outputs"]:
            wanted = _resampled(source, output["window"], output["place"])
            (left, top), (width, height) = output["at"], output["place"]
            for name, path_of in outputs_of.items():
                made = _decoded(path_of(Path(output["path"])))
                assert made.shape[1::-1] == tuple(output["canvas"]), f"{name} made another size: {output}"
                shown = made[top : top + height, left : left + width]
                found[name].append((_psnr(wanted, shown), _ssim(wanted, shown)))
    return {name: tuple(fmean(values) for values in zip(*pairs, strict=True)) for name, pairs in found.items()}


def has_own_tables(jpeg):
    """Whether a JPEG file has Huffman tables of its own: those of the standard (T.81, annex K) have
    162 symbols for each kind of AC coefficients."""
    data, at = Path(jpeg).read_bytes(), 2
    while data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xC4:
            tables = data[at + 4 : at + 2 + length]
            while tables:
                symbols = sum(tables[1:17])
                if tables[0] >> 4 == 1 and symbols != 162:
                    return True
                tables = tables[17 + symbols :]
        at += 2 + length
    return False


def _decoded(path):
    """The pixels on white, height x width x 3, from 0 to 255."""
    with Image.open(path) as picture:
        if not picture.mode.endswith("A"):
            return numpy.asarray(picture.convert("RGB"), numpy.float32)
        samples = numpy.asarray(picture.convert("RGBA"), numpy.float32)
    alpha = samples[..., 3:] / 255
    return samples[..., :3] * alpha + 255 * (1 - alpha)


def _resampled(picture, window, size):
    """The window of the picture in `size` pixels, as bytes would hold it."""
    left, top, width, height = window
    across = _weights(picture.shape[1], left, width, size[0])
    down = _weights(picture.shape[0], top, height, size[1])
    planes = [down @ picture[..., plane] @ across.T for plane in range(3)]
    return numpy.clip(numpy.stack(planes, axis=-1), 0, 255)


@cache
def _weights(length, start, part, count):
    """What each of `length` samples counts for each of `count` outputs that show `part` from `start`."""
    scale = part / count
    # A reduction takes as many more samples in as it is strong.
    stretch = max(scale, 1.0)
    centres = start + (numpy.arange(count) + 0.5) * scale
    distance = (numpy.arange(length) + 0.5 - centres[:, None]) / stretch
    weights = numpy.where(abs(distance) < LOBES, numpy.sinc(distance) * numpy.sinc(distance / LOBES), 0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(numpy.float32)


def _psnr(wanted, made):
    error = numpy.square(wanted - made, dtype=numpy.float64).mean()
    return 10 * numpy.log10(255**2 / error)


def _ssim(wanted, made):
    """Structural similarity of the luma (Wang et al. 2004, with its window and constants)."""
    one, other = (picture @ numpy.array([0.299, 0.587, 0.114]) for picture in (wanted, made))
    mean_one, mean_other = _blurred(one), _blurred(other)
    variance_one = _blurred(one * one) - mean_one**2
    variance_other = _blurred(other * other) - mean_other**2
    covariance = _blurred(one * other) - mean_one * mean_other
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mean_one * mean_other + c1) * (2 * covariance + c2)
    return (likeness / ((mean_one**2 + mean_other**2 + c1) * (variance_one + variance_other + c2))).mean()


def _blurred(plane):
    """A Gaussian of 11 x 11 samples, where all of it lies inside."""
    taps = numpy.exp(-((numpy.arange(11) - 5) ** 2) / (2 * 1.5**2))
    taps /= taps.sum()
    rows = sum(tap * plane[i : plane.shape[0] - 10 + i] for i, tap in enumerate(taps))
    return sum(tap * rows[:, i : rows.shape[1] - 10 + i] for i, tap in enumerate(taps))
