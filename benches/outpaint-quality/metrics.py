"""How a filled picture compares with the truth, the part that was cut away.

Pictures are height x width x 3 bytes. Nothing outside the margins counts, but for the pixels at
the border in `seam` and `step`, and for what `copied` looks for.
"""

import io

import cv2
import numpy
from PIL import Image

# Textures are compared in patches of this many pixels, at full size, half and a quarter.
PATCH = 7
SCALES = (1, 2, 4)

# How many patches of a margin are compared, in how many random directions.
PATCHES = 4000
DIRECTIONS = 64

# What the grain of `detail` is: finer than a Gaussian of this deviation. Below this energy, in levels
# squared, there is none: rounding to bytes alone leaves a twelfth.
FINE = 1.5
FLOOR = 0.1

# Copies are looked for in blocks of this many pixels at half size. What is coarser than a Gaussian of
# `COARSE` pixels is left out, as all ramps are alike; a block has texture if the rest has at least
# the deviation `TEXTURED` (levels), and its gradients in the weakest direction at least `ISOTROPY`
# of the energy in the strongest one.
BLOCK = 16
COARSE = 4.0
TEXTURED = 4.0
ISOTROPY = 0.15
BLOCKS = 12
# How like something at half size makes a candidate, and how like it at full size makes a copy.
CANDIDATE, COPY = 0.75, 0.95

# JPEG quality at which seams are looked at again.
JPEG_QUALITY = 60

# How long and how deep the means of `step` are.
ALONG, ACROSS = 96, 4


def measure(truth, made, cut):
    """All figures of one filled picture."""
    missing = cut.missing
    return {
        "psnr": psnr(truth[missing], made[missing]),
        "error99": error99(truth[missing], made[missing]),
        "texture": texture(truth, made, cut),
        "seam": seam(truth, made, cut),
        "seam_q60": seam(as_jpeg(truth), as_jpeg(made), cut),
        "step": step(truth, made, cut),
        "detail": detail(truth, made, cut),
        "copied": copied(made, cut),
        "identical": bool((truth[cut.kept] == made[cut.kept]).all()),
    }


def psnr(truth, made):
    """Peak signal to noise in dB; infinite where nothing differs."""
    error = numpy.square(truth.astype(numpy.float64) - made).mean()
    return float("inf") if error == 0 else float(10 * numpy.log10(255**2 / error))


def error99(truth, made):
    """The difference that 99 % of all samples stay below or reach, in levels."""
    return float(numpy.percentile(numpy.abs(truth.astype(numpy.int16) - made), 99))


def texture(truth, made, cut):
    """Sliced Wasserstein distance of patches with their mean removed, the mean over scales and margins.

    It does not see where in the margin something is, nor how bright it is, but what it is made of.
    """
    distances = [
        _sliced(_reduced(cut.margin(side, truth), scale), _reduced(cut.margin(side, made), scale))
        for side in cut.depths
        for scale in SCALES
    ]
    return float(numpy.mean([distance for distance in distances if distance is not None]))


def _reduced(pixels, scale):
    pixels = numpy.ascontiguousarray(pixels, numpy.float32)
    height, width = pixels.shape[0] // scale, pixels.shape[1] // scale
    if min(height, width) < 1 or scale == 1:
        return pixels
    return cv2.resize(pixels[: height * scale, : width * scale], (width, height), interpolation=cv2.INTER_AREA)


def _sliced(one, other):
    """The distance of two margins of one size; nothing where no two patches have room."""
    rows, columns = one.shape[0] - PATCH + 1, one.shape[1] - PATCH + 1
    if min(rows, columns) < 2:
        return None
    random = numpy.random.default_rng(rows * 65537 + columns)
    places = random.integers(0, rows * columns, PATCHES)
    directions = random.normal(size=(PATCH * PATCH * 3, DIRECTIONS)).astype(numpy.float32)
    directions /= numpy.linalg.norm(directions, axis=0)
    one, other = (numpy.sort(_patches(pixels, places, columns) @ directions, axis=0) for pixels in (one, other))
    return float(numpy.abs(one - other).mean())


def _patches(pixels, places, columns):
    views = numpy.lib.stride_tricks.sliding_window_view(pixels, (PATCH, PATCH), axis=(0, 1))
    patches = views[places // columns, places % columns]
    patches = patches - patches.mean(axis=(2, 3), keepdims=True)
    return patches.reshape(len(places), -1)


def seam(truth, made, cut):
    """The mean jump from the last source pixel to the first new one, beyond the truth's own, in levels."""
    return float(numpy.mean([_jump(made, cut, side) - _jump(truth, cut, side) for side in cut.depths]))


def _jump(pixels, cut, side):
    inner, outer = (rows.astype(numpy.float32) for rows in cut.beside(side, pixels, 1))
    return float(numpy.abs(outer - inner).mean())


def step(truth, made, cut):
    """Like `seam` of means along and across the border: a step that grain hides from `seam` but not from the eye."""
    return float(numpy.mean([_mean_jump(made, cut, side) - _mean_jump(truth, cut, side) for side in cut.depths]))


def _mean_jump(pixels, cut, side):
    inner, outer = (rows.astype(numpy.float32).mean(axis=0) for rows in cut.beside(side, pixels, ACROSS))
    return float(numpy.abs(cv2.blur(outer - inner, (1, ALONG))).mean())


def as_jpeg(pixels):
    """The pixels after a JPEG of `JPEG_QUALITY`."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=JPEG_QUALITY)
    with Image.open(file) as picture:
        return numpy.asarray(picture.convert("RGB"))


def detail(truth, made, cut):
    """How much fine structure there is for one in the truth: the ratio of energies."""
    missing = cut.missing
    energies = (numpy.square(_finer(pixels, FINE)[missing]).mean() + FLOOR for pixels in (made, truth))
    return float(next(energies) / next(energies))


def _finer(pixels, deviation):
    """The luma without what is coarser than a Gaussian of this deviation."""
    plane = numpy.ascontiguousarray(pixels @ numpy.array([0.299, 0.587, 0.114], numpy.float32), numpy.float32)
    return plane - cv2.GaussianBlur(plane, (0, 0), deviation)


def copied(made, cut):
    """The share of textured blocks of the margins that are found again elsewhere, as they are or mirrored.

    Nothing where no block has texture.
    """
    full = _finer(made, COARSE)
    # Smooth enough that a copy an odd number of pixels away still is one.
    half = _reduced(cv2.GaussianBlur(full, (0, 0), FINE), 2)
    blocks = [(x, y) for side in cut.depths for x, y in _textured(half, cut, side)]
    if not blocks:
        return None
    return float(numpy.mean([_found_again(full, half, x, y) for x, y in blocks]))


def _textured(half, cut, side):
    """Evenly spread blocks in a margin that have texture, as left and top at half size."""
    # The border's own jump is no texture.
    depth = cut.depths[side] // 2 - int(COARSE)
    height, width = half.shape
    top = height - depth if side == "bottom" else 0
    left = width - depth if side == "right" else 0
    bottom = depth if side == "top" else height
    right = depth if side == "left" else width
    places = [
        (x, y)
        for y in range(top, bottom - BLOCK + 1, BLOCK)
        for x in range(left, right - BLOCK + 1, BLOCK)
        if _has_texture(half[y : y + BLOCK, x : x + BLOCK])
    ]
    most = BLOCKS // len(cut.depths)
    return [places[index * len(places) // most] for index in range(most)] if len(places) > most else places


def _has_texture(block):
    """Whether it varies, and in both directions: pieces of one straight line are alike and no copies."""
    across, down = numpy.diff(block, axis=1)[:-1], numpy.diff(block, axis=0)[:, :-1]
    weakest, strongest = numpy.linalg.eigvalsh(numpy.cov(numpy.stack([across.ravel(), down.ravel()])))
    return block.std() >= TEXTURED and weakest >= ISOTROPY * strongest


def _found_again(full, half, x, y):
    block = half[y : y + BLOCK, x : x + BLOCK]
    side = 2 * BLOCK
    whole = full[2 * y : 2 * y + side, 2 * x : 2 * x + side]
    return any(
        _finds(full, half, flip(block), flip(whole), x, y) for flip in (numpy.asarray, numpy.fliplr, numpy.flipud)
    )


def _finds(full, half, block, whole, x, y):
    """Looks for a block at half size, and in the best place at full size."""
    likeness = cv2.matchTemplate(half, numpy.ascontiguousarray(block), cv2.TM_CCOEFF_NORMED)
    # The block itself is no copy, nor is what shares pixels with it.
    likeness[max(0, y - BLOCK + 1) : y + BLOCK, max(0, x - BLOCK + 1) : x + BLOCK] = -1
    _, best, _, (left, top) = cv2.minMaxLoc(likeness)
    if best < CANDIDATE:
        return False
    top, left = max(0, 2 * top - 2), max(0, 2 * left - 2)
    around = full[top : top + len(whole) + 5, left : left + len(whole) + 5]
    return cv2.matchTemplate(around, numpy.ascontiguousarray(whole), cv2.TM_CCOEFF_NORMED).max() >= COPY
