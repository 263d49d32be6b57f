"""The figures of some pictures that are held to the same bars, brought together."""

import math
from dataclasses import dataclass

PHOTOS, PRODUCTS = "photographs", "products"


@dataclass(frozen=True)
class Set:
    """Figures, one value a picture: cuts of a picture are not independent.

    `real` is how many of the pictures are no compositions, `unsteady` which engines write other bytes
    with more threads.
    """

    name: str
    rows: list
    real: int
    unsteady: list

    @property
    def files(self):
        """The pictures, by name."""
        return sorted({row.file for row in self.rows})

    @property
    def cuts(self):
        """Picture and cut of each task."""
        return sorted({(row.file, row.cut) for row in self.rows})

    @property
    def engines(self):
        """Who took part."""
        return list(dict.fromkeys(row.engine for row in self.rows))

    def values(self, engine, figure):
        """The means over its cuts of each picture, by file; without the pictures that have none."""
        by_file = {}
        for row in self.rows:
            value = getattr(row, figure)
            if row.engine == engine and value is not None and not math.isnan(value):
                by_file.setdefault(row.file, []).append(value)
        return {file: sum(values) / len(values) for file, values in by_file.items()}

    def paired(self, one, other, figure):
        """The values of two engines for the pictures that both have."""
        ones, others = self.values(one, figure), self.values(other, figure)
        both = [file for file in ones if file in others]
        return [ones[file] for file in both], [others[file] for file in both]
