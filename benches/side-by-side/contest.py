"""Two programs in alternating pairs, because a machine is never twice the same."""

from dataclasses import dataclass
from statistics import median

import contenders
import measure

# How many runs choose a peer's settings, and on which share of the pictures.
TRIALS = 2
TRIAL_SHARE = 1 / 2

# How many runs look at memory.
MEMORY_RUNS = 3


@dataclass(frozen=True)
class Ratio:
    """Ratios of pairs: below 1 the first of the pair took less."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, pairs):
        """From pairs of figures."""
        ratios = [first / second for first, second in pairs]
        return cls(median(ratios), min(ratios), max(ratios))


@dataclass(frozen=True)
class Outcome:
    """How two programs stand to each other, and what each took at the median."""

    wall: Ratio
    cpu: Ratio
    walls: tuple
    cpus: tuple


def run_pairs(first, second, count):
    """Runs two callables, each of which returns a cost, `count` times in alternating order."""
    pairs = []
    for index in range(count):
        if index % 2 == 0:
            pairs.append((first(), second()))
        else:
            latter = second()
            pairs.append((first(), latter))
    walls = [(one.wall, other.wall) for one, other in pairs]
    cpus = [(one.cpu, other.cpu) for one, other in pairs]
    return Outcome(Ratio.of(walls), Ratio.of(cpus), _medians(walls), _medians(cpus))


def _medians(pairs):
    return tuple(median(figures) for figures in zip(*pairs, strict=True))


def run_once(contender):
    """One run into a fresh folder."""
    contender.clear()
    return measure.cost(contender.command, contender.environment)


def memory(contender):
    """The peak of its memory, at the median of some runs."""

    def once():
        contender.clear()
        return measure.peak_memory(contender.command, contender.environment)

    return median(once() for _ in range(MEMORY_RUNS))


def fastest(name, workload, sources):
    """A peer with the settings that are fastest on some of the pictures."""
    some = sources[: max(2, round(len(sources) * TRIAL_SHARE))]

    def wall(settings):
        trial = contenders.peer(name, workload, some, settings)
        best = min(run_once(trial).wall for _ in range(TRIALS))
        print(f"  {name}: {best:.2f} s with {trial.settings}", flush=True)
        return best

    known = contenders.settings(name, workload)
    chosen = min(known, key=wall) if len(known) > 1 else known[0]
    return contenders.peer(name, workload, sources, chosen)
