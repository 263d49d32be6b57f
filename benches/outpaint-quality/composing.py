"""Composes products: cut-outs on backdrops that no polynomial fits, with the grain of a camera.

The truth of a composed product is known to be backdrop on all sides. Everything follows from the
number of the picture, so each machine composes the same ones.
"""

import cv2
import numpy
from PIL import Image

import pictures
from environment import COMPOSED, CUTOUTS

# Raised when the pictures change, or when the held half was looked at: then others are composed.
RECIPE = 2

# How often each kind of backdrop is used.
ROUNDS = 6

SIZES = ((1080, 1080), (1080, 810), (864, 1080))

# Every third is a JPEG of this quality before anything is cut away.
JPEG_QUALITY = 90

# How much of the shorter side a product covers.
PRODUCT = (0.34, 0.46)


def compose():
    """Writes all composed products that are not there yet."""
    cutouts = [picture.path for picture in pictures.listed(CUTOUTS)] if CUTOUTS.exists() else []
    if not cutouts:
        print("left out: no cut-outs, so no composed products")
        return
    COMPOSED.mkdir(parents=True, exist_ok=True)
    composed = {}
    for index in range(ROUNDS * len(BACKDROPS)):
        # Each kind comes in every size, and as both formats.
        turn, place = divmod(index, len(BACKDROPS))
        kind, size = list(BACKDROPS)[place], SIZES[(place + turn) % len(SIZES)]
        file = COMPOSED / f"{kind}-{index:02}-r{RECIPE}{'.jpg' if (place + 2 * turn) % 3 == 2 else '.png'}"
        random = numpy.random.default_rng([RECIPE, index])
        picture, room = _composed(kind, cutouts[index * 7 % len(cutouts)], size, random)
        composed[file] = pictures.Picture(file, room)
        if not file.exists():
            Image.fromarray(picture).save(file, quality=JPEG_QUALITY)
    for old in pictures.listed(COMPOSED):
        if old.path not in composed:
            old.path.unlink()
    pictures.write_known(COMPOSED, composed.values())
    print(f"{COMPOSED}: {len(composed)}")


def _composed(kind, cutout, size, random):
    """A picture, and how many percent of each side are backdrop."""
    width, height = size
    x, y = _grid(width, height)
    backdrop = BACKDROPS[kind](x, y, random)
    with Image.open(cutout) as file:
        product = file.convert("RGBA")
    scale = random.uniform(*PRODUCT) * min(size) / max(product.size)
    product = product.resize([max(1, round(side * scale)) for side in product.size], Image.Resampling.LANCZOS)
    left = round((width - product.width) * random.uniform(0.42, 0.58))
    top = round((height - product.height) * random.uniform(0.45, 0.58))
    samples = numpy.asarray(product, numpy.float32)
    alpha = numpy.zeros((height, width, 1), numpy.float32)
    colors = numpy.zeros((height, width, 3), numpy.float32)
    inside = numpy.s_[top : top + product.height, left : left + product.width]
    alpha[inside], colors[inside] = samples[..., 3:] / 255, samples[..., :3]
    scene = backdrop * (1 - _contact_shadow(alpha, product.height))
    scene = scene * (1 - alpha) + colors * alpha
    # A little less than what is free, for the shadow around the foot.
    free = (left / width, top / height, 1 - (left + product.width) / width, 1 - (top + product.height) / height)
    room = pictures.Sides(*(int(100 * share) - 4 for share in free))
    return _developed(scene, random), room


def _contact_shadow(alpha, height):
    """The dark below a thing that stands on something, close around its foot."""
    reach = max(2.0, 0.02 * height)
    moved = numpy.roll(alpha[..., 0], int(reach), axis=0)
    return 0.35 * cv2.GaussianBlur(moved, (0, 0), reach)[..., None]


def _developed(scene, random):
    """The bytes of a scene as a camera leaves them: grain that light drowns, a little wider than a pixel."""
    height, width, _ = scene.shape
    strength = random.uniform(0.6, 2.2)
    grain = random.normal(size=(height, width, 1)) * 0.8 + random.normal(size=(height, width, 3)) * 0.45
    grain = cv2.GaussianBlur(grain, (0, 0), 0.6) * 1.7
    lit = numpy.sqrt(numpy.clip(scene, 20, 255) / 160)
    return numpy.clip(numpy.rint(scene + strength * grain * (1.4 - 0.6 * lit)), 0, 255).astype(numpy.uint8)


def _grid(width, height):
    y, x = numpy.mgrid[0:height, 0:width]
    return (x + 0.5) / width, (y + 0.5) / height


def _color(random, low=60, high=245):
    """A colour that is nearly grey, as backdrops are."""
    return random.uniform(low, high) + random.uniform(-14, 14, 3)


def _between(one, other, share):
    return one + (other - one) * share[..., None]


def _step(at, width):
    """A soft step from 0 to 1, `width` broad, at 0."""
    return 1 / (1 + numpy.exp(-numpy.clip(at / width, -60, 60)))


def _mottles(shape, random, size):
    """Clouds of about `size` pixels, of mean 0 and deviation 1."""
    noise = cv2.GaussianBlur(random.normal(size=shape), (0, 0), size)
    return (noise - noise.mean()) / noise.std()


def _flat(x, y, random):
    return numpy.broadcast_to(_color(random, 150, 250), (*x.shape, 3))


def _sigmoid(x, y, random):
    tilt = random.uniform(-0.3, 0.3)
    share = _step(y + tilt * (x - 0.5) - random.uniform(0.4, 0.65), random.uniform(0.06, 0.14))
    return _between(_color(random, 170, 245), _color(random, 90, 200), share)


def _vignette(x, y, random):
    """The fall of light towards the corners of a simple lens: the fourth power of the cosine."""
    r2 = (x - random.uniform(0.42, 0.58)) ** 2 + (y - random.uniform(0.42, 0.58)) ** 2
    return _color(random, 120, 245) / (1 + random.uniform(0.6, 1.6) * r2[..., None]) ** 2


def _spot(x, y, random):
    r2 = (x - random.uniform(0.35, 0.65)) ** 2 + (y - random.uniform(0.3, 0.6)) ** 2
    share = numpy.exp(-r2 / random.uniform(0.08, 0.2))
    return _between(_color(random, 40, 110), _color(random, 190, 245), share)


def _horizon(x, y, random):
    """A floor before a wall, with a soft edge and light that falls off to the sides."""
    share = _step(y - random.uniform(0.62, 0.74), random.uniform(0.002, 0.015))
    light = 1 - random.uniform(0.05, 0.25) * numpy.abs(x - random.uniform(0.3, 0.7))
    return _between(_color(random, 170, 240), _color(random, 110, 220), share) * light[..., None]


def _shadow(x, y, random):
    """A soft shadow that runs out of the frame on one side."""
    side = x if random.random() < 0.5 else 1 - x
    core = y - random.uniform(0.6, 0.68) - random.uniform(-0.1, 0.1) * (side - 0.5)
    across = numpy.exp(-(core**2) / random.uniform(0.003, 0.009))
    share = random.uniform(0.2, 0.4) * across * _step(side - 0.4, 0.05)
    return _color(random, 170, 245) * (1 - share[..., None])


def _mottled(x, y, random):
    """A painted canvas: clouds of several sizes."""
    clouds = sum(weight * _mottles(x.shape, random, size) for weight, size in ((1, 90), (0.5, 40), (0.25, 15)))
    return _color(random, 80, 180) + random.uniform(5, 10) * clouds[..., None]


def _folds(x, y, random):
    """A hanging cloth: folds of changing width, lit from the side."""
    phase = random.uniform(14, 22) * x + 2.5 * numpy.sin(random.uniform(1.5, 3) * x + 0.6 * y)
    share = 0.5 + 0.5 * numpy.sin(phase) + 0.15 * numpy.sin(2.3 * phase + 1)
    return _between(_color(random, 70, 150), _color(random, 130, 220), 0.6 * share)


def _sweep(x, y, random):
    """Paper that bends from the table up the wall, and darkens in the bend."""
    bend = random.uniform(0.55, 0.7)
    dark = random.uniform(0.1, 0.25) / numpy.cosh((y - bend) / random.uniform(0.08, 0.16))
    table = random.uniform(0.0, 0.12) * _step(y - bend, 0.05)
    light = (1 - dark + table) / (1 + random.uniform(0.2, 0.5) * (x - 0.4) ** 2)
    return _color(random, 150, 220) * light[..., None]


BACKDROPS = {
    "flat": _flat,
    "sigmoid": _sigmoid,
    "vignette": _vignette,
    "spot": _spot,
    "horizon": _horizon,
    "shadow": _shadow,
    "mottled": _mottled,
    "folds": _folds,
    "sweep": _sweep,
}
