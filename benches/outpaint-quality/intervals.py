"""Means over pictures, and how far they can be relied on."""

from dataclasses import dataclass

import numpy

RESAMPLES = 4000
SEED = 20261121


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval, by drawing the pictures again and again (bootstrap)."""

    mean: float
    low: float
    high: float

    def __str__(self):
        return f"{self.mean:.3g} ({self.low:.3g} to {self.high:.3g})"


def mean(values):
    """The mean of a figure of each picture; that of paired differences if these are."""
    values = numpy.asarray(values, float)
    return _interval(values.mean(), values[_draws(len(values))].mean(axis=1))


def geometric_mean(values):
    """The mean of ratios, for which twice and half are equally far from 1."""
    found = mean(numpy.log(values))
    return Interval(*(float(numpy.exp(log)) for log in (found.mean, found.low, found.high)))


def ratio(ones, others):
    """The mean of one figure by the mean of another one of the same pictures."""
    ones, others = numpy.asarray(ones, float), numpy.asarray(others, float)
    draws = _draws(len(ones))
    return _interval(ones.mean() / others.mean(), ones[draws].mean(axis=1) / others[draws].mean(axis=1))


def _draws(count):
    return numpy.random.default_rng(SEED).integers(0, count, (RESAMPLES, count))


def _interval(found, drawn):
    low, high = numpy.percentile(drawn, [2.5, 97.5])
    return Interval(float(found), float(low), float(high))
