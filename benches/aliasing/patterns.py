"""Patterns with a known period, and what has to be left of them in a smaller picture: nothing.

Coordinates are pixel centres. A pattern says how long its period is at each place; where that is
less than two pixels of the output, the output has to be flat.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy

BLACK, WHITE = 0.0, 255.0


@dataclass(frozen=True)
class Pattern:
    """A picture of any size."""

    name: str
    # Levels from arrays of x and y; the longest side of the picture is given too.
    draw: Callable
    # The period at x and y, likewise.
    period: Callable
    # The dark and the bright colour.
    colors: tuple = ((BLACK,), (WHITE,))

    def picture(self, width, height):
        """Its pixels: rows, columns, channels."""
        share = self.draw(*_grid(width, height), max(width, height))[..., None]
        dark, bright = map(numpy.array, self.colors)
        return numpy.rint(dark + share * (bright - dark)).astype(numpy.uint8)

    def flat(self, width, height, shape):
        """Which pixels of an output of this shape have to be flat; `width` and `height` are the source's."""
        down, across = shape
        x, y = _grid(across, down)
        factor = max(width / across, height / down)
        period = numpy.broadcast_to(self.period(x * width / across, y * height / down, max(width, height)), shape)
        is_finer = period < 2 * factor
        # What a filter makes of the edge is not the pattern's.
        is_inner = (x > BORDER) & (x < across - BORDER) & (y > BORDER) & (y < down - BORDER)
        return is_finer & is_inner


# Output pixels along each edge that are not looked at: the reach of the filter.
BORDER = 4


def _grid(width, height):
    x, y = numpy.meshgrid(numpy.arange(width) + 0.5, numpy.arange(height) + 0.5)
    return x, y


def _constant(period):
    return lambda x, y, side: numpy.full(numpy.broadcast(x, y).shape, float(period))


def _bars(period, position):
    """A bright pixel for each dark one, or for each two, where the period is a whole number of pixels."""
    return lambda x, y, side: (numpy.floor(position(x, y)) % period < period // 2) * 1.0


def _waves(period, position):
    return lambda x, y, side: 0.5 + 0.5 * numpy.sin(2 * numpy.pi * position(x, y) / period)


def _checks(cell):
    return lambda x, y, side: (numpy.floor(x / cell) + numpy.floor(y / cell)) % 2


def _zones(place, is_hard):
    """Rings around a point whose period shrinks to two pixels at half the longest side from it."""

    def draw(x, y, side):
        radius = numpy.hypot(x - place[0] * side, y - place[1] * side)
        wave = numpy.cos(numpy.pi * radius**2 / side)
        return (wave > 0) * 1.0 if is_hard else 0.5 + 0.5 * wave

    def period(x, y, side):
        radius = numpy.hypot(x - place[0] * side, y - place[1] * side)
        # Farther out the rings come back, coarser.
        return numpy.where(radius < side / 2, side / numpy.maximum(radius, 1e-9), numpy.inf)

    return draw, period


def _across(x, y):
    return x


def _down(x, y):
    return y


def _diagonal(x, y):
    return x + y


def _steep(x, y):
    return 2 * x - y


RED_AND_CYAN = ((200.0, 40.0, 40.0), (40.0, 180.0, 200.0))
CENTER, ASIDE = (0.5, 0.35), (0.31, 0.22)

PATTERNS = (
    [Pattern(f"stripes {period}", _bars(period, _across), _constant(period)) for period in (2, 3, 4, 5, 6, 8, 10)]
    + [Pattern(f"lines {period}", _bars(period, _down), _constant(period)) for period in (2, 3, 5)]
    + [
        Pattern(f"waves {period}", _waves(period, _across), _constant(period))
        for period in (2.2, 2.67, 3.3, 4.7, 5.6, 7.3, 11.0)
    ]
    + [Pattern(f"diagonals {period}", _bars(period, _diagonal), _constant(period)) for period in (2, 3, 4, 5, 7)]
    + [Pattern(f"steep {period}", _bars(period, _steep), _constant(period)) for period in (3, 4, 5)]
    + [Pattern(f"checks {cell}", _checks(cell), _constant(2 * cell)) for cell in (1, 2, 3)]
    + [
        Pattern(f"zones {kind}", *_zones(place, is_hard))
        for kind, place, is_hard in (("soft", CENTER, False), ("soft aside", ASIDE, False), ("hard", CENTER, True))
    ]
    + [
        Pattern(f"colored stripes {period}", _bars(period, _across), _constant(period), RED_AND_CYAN)
        for period in (2, 3, 5)
    ]
)
