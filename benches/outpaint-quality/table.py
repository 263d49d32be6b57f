"""The tables, as Markdown, and their place in the documentation."""

from statistics import fmean, geometric_mean

import bars
import intervals
import toolbox
from figures import TRUTH
from toolbox import markdown_table

PAGE = toolbox.ROOT / "docs" / "local-engines.md"
BEGIN = "<!-- tables: written by benches/outpaint-quality/run --write-docs -->"
END = "<!-- end of tables -->"

FIGURES = {
    "psnr": "PSNR dB",
    "error99": "99 % error",
    "texture": "texture",
    "seam": "seam",
    "seam_q60": "seam q60",
    "step": "step",
    "detail": "detail",
    "copied": "mirror/copy",
}


def section(found, judged=None):
    """Figures and bars of one set of pictures."""
    head = f"### {found.name}: {len(found.files)} pictures, {len(found.cuts)} cuts"
    parts = [head, _figures(found), bars.table(bars.of(found))]
    if judged is not None:
        more, why_not = bars.of_verdicts(found, judged)
        parts += [bars.table(more)] if more else []
        parts += [why_not] if why_not else []
    return "\n\n".join(parts)


def write_docs(text):
    """Puts the tables between the markers of the page."""
    toolbox.write_between(PAGE, BEGIN, END, text)


def _figures(found):
    rows = [_row(found, engine) for engine in found.engines]
    return markdown_table(["engine", *FIGURES.values(), "s/MP", "× Telea"], rows)


def _row(found, engine):
    cells = [engine]
    for figure in FIGURES:
        values = list(found.values(engine, figure).values())
        mean = geometric_mean if figure == "detail" else fmean
        cells.append(f"{mean(values):.2f}" if values else "–")
    if engine == TRUTH:
        return [*cells, "–", "–"]
    rows = [row for row in found.rows if row.engine == engine]
    speed = sum(row.seconds for row in rows) / sum(row.megapixels for row in rows)
    share = intervals.ratio(*found.paired(engine, "telea", "seconds"))
    return [*cells, f"{speed:.3f}", f"{share.mean:.3f}"]
