"""The tables, as Markdown: from the results on disk to the page in docs/."""

import json

import contenders
import environment
import toolbox
from toolbox import markdown_table, met
from workloads import BYTES_BAR, GROWTH, LOSS_BAR_DB, MEMORY_BAR, NAMES, WALKS, WORKLOADS

PAGE = toolbox.ROOT / "docs" / "performance.md"
BEGIN = "<!-- tables: written by benches/side-by-side/run --write-docs -->"
END = "<!-- end of tables -->"


def page(folder):
    """Everything that was measured so far, below a line about machine and programs."""
    results = {}
    for name in NAMES:
        file = folder / f"{name}.json"
        if file.exists():
            results[name] = json.loads(file.read_text())
    programs = "; ".join(f"{name} {version}" for name, version in environment.versions().items())
    parts = [f"Machine: {toolbox.machine(environment.CORES)}. Programs: {programs}.", "## Bars", _bars(results)]
    parts += ["## Figures"] + [section(name, found) for name, found in results.items()]
    return "\n\n".join(parts)


def write_docs(text):
    """Puts the tables between the markers of the page."""
    toolbox.write_between(PAGE, BEGIN, END, text)


def section(name, found):
    """The figures of one workload, walk or series."""
    when = f"{found['date']}, commit {found['commit']}, {found['pairs']} pairs"
    if "peers" in found:
        return f"{_peers(name, found)}\n\n{when}. {_settings(found)}"
    return f"{_growth(found) if name == GROWTH.name else _walk(name, found)}\n\n{when}."


def _bars(results):
    rows = []
    for work in WORKLOADS:
        if found := results.get(work.name):
            rows += _workload_bars(work, found)
    for walk in WALKS:
        if found := results.get(walk.name):
            rows.append(_bar(walk.name, f"{walk.title}, wall against `find`", found["wall"], walk.bar))
    if found := results.get(GROWTH.name):
        worst = max(found["counts"], key=lambda row: abs(row["median"] - 1))
        flat = abs(worst["median"] - 1) <= GROWTH.flat_bar
        said = f"{_range(worst)} at {worst['count']:,} sources"
        rows.append(["growth", f"images/s against {found['at']:,} sources", said, "within 5 %", met(flat)])
        fast = found["cores"]["median"] >= GROWTH.cores_bar
        said = _range(found["cores"])
        rows.append(["growth", "images/s, two cores against one", said, f"≥ {GROWTH.cores_bar}", met(fast)])
    return markdown_table(["", "what", "median (range)", "bar", "met"], rows)


def _workload_bars(work, found):
    judges = [peer for peer in found["peers"] if peer["name"] in contenders.JUDGES]
    if judges:
        judge, ours = min(judges, key=lambda peer: peer["walls"][1]), found["recanvas"]
        yield _bar(work.name, f"wall against {judge['name']}", judge["wall"], work.bar)
        memory = ours["memory"] / judge["memory"]
        yield _plain(work.name, f"peak memory against {judge['name']}", memory, MEMORY_BAR)
        yield _plain(work.name, f"output bytes against {judge['name']}", ours["bytes"] / judge["bytes"], BYTES_BAR)
        best = max(found["peers"], key=lambda peer: peer["psnr"])
        loss = best["psnr"] - ours["psnr"]
        said = f"{loss:+.2f} dB"
        yield [work.name, f"PSNR below {best['name']}", said, f"≤ {LOSS_BAR_DB} dB", met(loss <= LOSS_BAR_DB)]
    if "floor" in found:
        yield _bar(work.name, "wall against the bare loop", found["floor"]["wall"], work.floor)


def _bar(name, what, ratio, bar):
    return [name, what, _range(ratio), f"≤ {bar:.2f}", met(ratio["median"] <= bar)]


def _plain(name, what, figure, bar):
    return [name, what, f"{figure:.2f}", f"≤ {bar:.2f}", met(figure <= bar)]


def _peers(name, found):
    ours, count = found["recanvas"], found["sources"]
    size = found["source_bytes"] / 1e6
    rows = []
    for peer in found["peers"]:
        rows.append(
            [
                peer["name"],
                _range(peer["wall"]),
                _range(peer["cpu"]),
                " / ".join(f"{count / wall:.1f}" for wall in peer["walls"]),
                f"{_mebibytes(ours)} / {_mebibytes(peer)} = {ours['memory'] / peer['memory']:.2f}",
                f"{ours['bytes'] / peer['bytes']:.3f}",
                f"{ours['psnr']:.2f} / {peer['psnr']:.2f}",
                f"{ours['ssim']:.4f} / {peer['ssim']:.4f}",
            ]
        )
    head = ["against", "wall", "CPU", "images/s", "peak MiB", "bytes", "PSNR dB", "SSIM"]
    title = f"### {name}: {found['title']}\n\n{count:,} sources of {size:.2f} MB."
    return f"{title}\n\n{markdown_table(head, rows)}"


def _settings(found):
    chosen = "; ".join(f"{peer['name']}: {peer['settings']}" for peer in found["peers"])
    return f"Fastest settings: {chosen}."


def _walk(name, found):
    rate = " / ".join(f"{found['files'] / wall:,.0f}" for wall in found["walls"])
    row = ["`find`", _range(found["wall"]), _range(found["cpu"]), rate, _mebibytes(found)]
    head = ["against", "wall", "CPU", "files/s", "peak MiB"]
    return f"### {name}: {found['title']}\n\n{found['files']:,} files.\n\n{markdown_table(head, [row])}"


def _growth(found):
    rows = [[f"{row['count']:,}", f"{row['speed']:.1f}", _range(row)] for row in found["counts"]]
    cores = f"Two cores against one, {found['at']:,} sources: {_range(found['cores'])}."
    head = ["sources", "images/s", f"against {found['at']:,}"]
    return f"### Growth\n\n{markdown_table(head, rows)}\n\n{cores}"


def _mebibytes(traits):
    return f"{traits['memory'] / 2**20:.0f}"


def _range(ratio):
    return f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})"
