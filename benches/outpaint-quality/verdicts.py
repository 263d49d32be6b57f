"""How well the confidence of `auto` tells good pictures from broken ones, by a person's verdicts."""

import csv

WORDS = GOOD, BROKEN = "good", "broken"


def read(path):
    """The verdicts by file and cut."""
    with open(path, newline="") as file:
        found = {(row["file"], row["cut"]): row["verdict"].strip() for row in csv.DictReader(file)}
    if unknown := set(found.values()) - set(WORDS):
        raise SystemExit(f"{path}: a verdict is {GOOD} or {BROKEN}, not {', '.join(sorted(unknown))}")
    return found


def area(good, broken):
    """The area under the curve: how often a good picture has the higher confidence; half for a tie."""
    wins = sum((one > other) + (one == other) / 2 for one in good for other in broken)
    return wins / (len(good) * len(broken))
