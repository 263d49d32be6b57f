"""What the engines are held to, and whether each bar is met."""

from dataclasses import dataclass
from statistics import fmean

import intervals
import verdicts
from contenders import BASELINES, THREADS
from sets import PRODUCTS
from toolbox import markdown_table, met

LEAST_PRODUCTS, LEAST_REAL, LEAST_PHOTOS = 30, 10, 40
# The confidence of margins in which the picture does not go on: a blur, or one colour.
PADDED = 0.4
SPEED = {"studio": 0.1, "content": 0.4, "blur": 0.03}


@dataclass(frozen=True)
class Bar:
    """One bar: of what, what was found, what is asked, and whether it is met."""

    engine: str
    what: str
    found: str
    asked: str
    is_met: bool


def table(bars):
    """The bars as Markdown."""
    rows = [[bar.engine, bar.what, bar.found, bar.asked, met(bar.is_met)] for bar in bars]
    return markdown_table(["engine", "what", "found (95 % interval)", "bar", "met"], rows)


def of(found):
    """The bars that a set is held to."""
    return list(_of_products(found) if found.name == PRODUCTS else _of_photos(found))


def _of_products(found):
    count = len(found.files)
    yield Bar("studio", "pictures", f"{count}", f"≥ {LEAST_PRODUCTS}", count >= LEAST_PRODUCTS)
    yield Bar("studio", "of these photographs", f"{found.real}", f"≥ {LEAST_REAL}", found.real >= LEAST_REAL)
    yield from _of_all(found)
    if "studio" not in found.engines:
        return
    gains = _gains(found)
    worst = min(gains, key=gains.get)
    below = sum(gain < -0.5 for gain in gains.values())
    said = f"worst {gains[worst]:+.1f} dB ({' '.join(worst)}); {below} of {len(gains)} below"
    yield Bar("studio", "PSNR above the better of edge and Navier-Stokes, each", said, "≥ -0.5 dB", below == 0)
    by_file = {}
    for (file, _), gain in gains.items():
        by_file.setdefault(file, []).append(gain)
    mean = intervals.mean([fmean(some) for some in by_file.values()])
    yield Bar("studio", "the same, mean", f"{mean} dB", "≥ +3 dB", mean.mean >= 3)
    yield _seam(found, "studio", "seam", "seam", 0.2)
    yield _seam(found, "studio", "seam_q60", "seam after JPEG q60", 0.3)
    yield from _speed(found, "studio")


def _gains(found):
    """PSNR of `studio` above the better baseline, by picture and cut."""
    psnr = {(row.file, row.cut, row.engine): row.psnr for row in found.rows}
    return {
        (file, cut): value - max(psnr[file, cut, "edge"], psnr[file, cut, "navier-stokes"])
        for (file, cut, engine), value in psnr.items()
        if engine == "studio"
    }


def _of_photos(found):
    count = len(found.files)
    yield Bar("content", "pictures", f"{count}", f"≥ {LEAST_PHOTOS}", count >= LEAST_PHOTOS)
    yield from _of_all(found)
    if "content" in found.engines:
        yield from _content(found)
    yield from _speed(found, "content")
    yield from _speed(found, "blur")


def _content(found):
    share = intervals.ratio(*found.paired("content", "navier-stokes", "texture"))
    yield Bar("content", "texture distance against Navier-Stokes", f"{share}", "≤ 0.5", share.mean <= 0.5)
    for other in ("edge", "mirror"):
        ones, others = found.paired("content", other, "texture")
        less = intervals.mean([one - another for one, another in zip(ones, others, strict=True)])
        yield Bar("content", f"texture distance less {other}'s", f"{less}", "interval below 0", less.high < 0)
    yield _seam(found, "content", "seam", "seam", 0.5)
    kept = [row.seam for row in _where_auto_keeps(found, "content")]
    if kept:
        yield Bar("content", f"the same, where auto keeps it ({len(kept)})", *_at_most(intervals.mean(kept), 0.5))
    detail = intervals.geometric_mean(list(found.values("content", "detail").values()))
    yield Bar("content", "detail", f"{detail}", "0.9 to 1.1", 0.9 <= detail.mean <= 1.1)
    copied = intervals.mean(list(found.values("content", "copied").values()))
    yield Bar("content", "mirror/copy", *_at_most(copied, 0.1))


def _where_auto_keeps(found, engine):
    kept = {(row.file, row.cut) for row in found.rows if row.engine == "auto" and row.chosen == engine}
    return [row for row in found.rows if row.engine == engine and (row.file, row.cut) in kept]


def of_verdicts(found, judged):
    """The bars of `auto` by a person's verdicts, or a line that says why there are none.

    A blur is no failure, but not what was asked for: confidence is judged where the picture goes on.
    """
    rows = [row for row in found.rows if row.engine == "auto" and (row.file, row.cut) in judged]
    if not rows:
        return [], "No verdict is about an output of `auto` in this set."
    by_verdict = {word: [row for row in rows if judged[row.file, row.cut] == word] for word in verdicts.WORDS}
    broken = len(by_verdict[verdicts.BROKEN])
    bars = [Bar("auto", "broken outputs", f"{broken} of {len(rows)}", "≤ 1 in 40", broken * 40 <= len(rows))]
    if any(row.confidence is None for row in rows):
        return bars, "No AUC: the manifest gives no confidence for `auto`."
    good, bad = ([row.confidence for row in by_verdict[word] if row.confidence != PADDED] for word in verdicts.WORDS)
    if not good or not bad:
        return bars, "No AUC: it needs good and broken outputs where the picture goes on."
    area, said = verdicts.area(good, bad), f"AUC of its confidence, where the picture goes on ({len(good)} good, {len(bad)} broken)"
    return [*bars, Bar("auto", said, f"{area:.3f}", "≥ 0.85", area >= 0.85)], None


def _of_all(found):
    changed = sorted({row.engine for row in found.rows if not row.identical} - set(BASELINES))
    threads = f"same bytes with {', '.join(map(str, THREADS))} threads"
    for what, exceptions in (("source pixels identical", changed), (threads, found.unsteady)):
        said = f"all but {', '.join(exceptions)}" if exceptions else "all"
        yield Bar("all of recanvas", what, said, "all", not exceptions)


def _seam(found, engine, figure, what, most):
    values = found.values(engine, figure)
    said, asked, is_met = _at_most(intervals.mean(list(values.values())), most)
    worst = max(values, key=values.get)
    return Bar(engine, f"{what}, mean", f"{said}; highest {values[worst]:.2f} ({worst})", asked, is_met)


def _at_most(interval, most):
    return f"{interval}", f"≤ {most}", interval.mean <= most


def _speed(found, engine):
    if engine in found.engines:
        share = intervals.ratio(*found.paired(engine, "telea", "seconds"))
        yield Bar(engine, "time against Telea", *_at_most(share, SPEED[engine]))
