"""What is cut away from a picture, and where the margins then lie."""

from dataclasses import dataclass

import numpy

from pictures import drawn

# How much of a picture is cut away in all, in percent of its width or height.
SHARES = (20, 25, 30)

# The sides of a cut by its name, and where recanvas is told to put what is left.
SIDES = {
    "tb": (("top", "bottom"), "center"),
    "lr": (("left", "right"), "center"),
    "t": (("top",), "bottom"),
    "b": (("bottom",), "top"),
    "l": (("left",), "right"),
    "r": (("right",), "left"),
}

# Every how many pictures one gets a second cut.
SECOND = 2


@dataclass(frozen=True)
class Cut:
    """A cut of a picture of a certain size: `kept` is left, top, right, bottom of what is left."""

    sides: str
    share: int
    width: int
    height: int

    @property
    def name(self):
        """Sides and share in a word."""
        return f"{self.sides}{self.share}"

    @property
    def anchor(self):
        """Where recanvas is told to put what is left."""
        return SIDES[self.sides][1]

    @property
    def depths(self):
        """How many pixels are cut away at each side."""
        sides = SIDES[self.sides][0]
        length = self.height if sides[0] in ("top", "bottom") else self.width
        depth = round(length * self.share / 100 / len(sides))
        return dict.fromkeys(sides, depth)

    @property
    def kept(self):
        """The rows and the columns that are left, as slices."""
        depths = self.depths
        rows = slice(depths.get("top", 0), self.height - depths.get("bottom", 0))
        columns = slice(depths.get("left", 0), self.width - depths.get("right", 0))
        return rows, columns

    @property
    def missing(self):
        """A mask of what is cut away."""
        mask = numpy.ones((self.height, self.width), bool)
        mask[self.kept] = False
        return mask

    def margin(self, side, pixels):
        """The pixels of one margin, turned so that its first row is the one at the border."""
        return _turned(side, pixels)[self._border(side) :]

    def beside(self, side, pixels, count):
        """`count` rows on each side of the border, turned like a margin: the inner first, outwards."""
        turned, border = _turned(side, pixels), self._border(side)
        return turned[border - count : border], turned[border : border + count]

    def _border(self, side):
        length = self.height if side in ("top", "bottom") else self.width
        return length - self.depths[side]


def _turned(side, pixels):
    """The picture with this side below."""
    turns = {"bottom": 0, "right": 1, "top": 2, "left": 3}[side]
    return numpy.rot90(pixels, -turns)


def chosen(picture, width, height):
    """The one or two cuts of a picture, as if drawn from all that take nothing but what may go."""

    def order(cut):
        return drawn(picture.path.stem, cut.name)

    fitting = sorted((cut for cut in _all(width, height) if _fits(cut, picture.room)), key=order)
    if not fitting:
        return []
    first = fitting[0]
    others = [cut for cut in fitting if cut.sides != first.sides]
    return [first, *others[:1]] if drawn(picture.path.stem, "second") % SECOND == 0 else [first]


def _all(width, height):
    return [Cut(sides, share, width, height) for sides in SIDES for share in SHARES]


def _fits(cut, room):
    """Whether no more goes than may go."""
    sides = SIDES[cut.sides][0]
    return all(getattr(room, side) >= cut.share / len(sides) for side in sides)
