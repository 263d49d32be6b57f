"""The command line: which pictures, which half, and where the result goes."""

import argparse
import os
import subprocess
from datetime import date
from pathlib import Path

import contenders
import environment
import figures
import pictures
import sheets
import table
import toolbox
import verdicts
from sets import PHOTOS, PRODUCTS, Set

RESULTS = environment.WORK / "results"


def main():
    """Measures what the command line asks for; the exit code says whether it could."""
    options = _options()
    if options.self_test:
        import test_figures

        return 0 if test_figures.run() else 1
    judged = verdicts.read(options.verdicts) if options.verdicts else None
    binary = options.binary or _built()
    parts = [_head(binary, options)]
    for kind, folders in _asked(options):
        found = _measured(kind, folders, binary, options)
        if found:
            parts.append(table.section(found, judged))
            print(parts[-1], flush=True)
    page = "\n\n".join(parts)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "table.md").write_text(page + "\n")
    print(f"\nTables, figures and contact sheets: {RESULTS}")
    if options.write_docs:
        table.write_docs(page)
    return 0


def _built():
    subprocess.run(["cargo", "build", "--release", "--bin", "recanvas"], cwd=toolbox.ROOT, check=True)
    return toolbox.RECANVAS


def _head(binary, options):
    import cv2

    version = toolbox.output([binary, "--version"]).split()[-1]
    return (
        f"Machine: {toolbox.machine(1)}. recanvas {version}, commit {toolbox.commit()}; "
        f"OpenCV {cv2.__version__}. Half: {options.half}. {date.today().isoformat()}."
    )


def _asked(options):
    """The sets to measure: what was named, else all that `fetch` brings."""
    if options.folders or options.products:
        return [(PHOTOS, options.folders), (PRODUCTS, options.products)]
    return [(PRODUCTS, [environment.STUDIO, environment.COMPOSED]), (PHOTOS, [environment.PHOTOS])]


def _measured(kind, folders, binary, options):
    """The figures of a set of folders, with its files below `results`; nothing if it has no pictures."""
    for folder in folders:
        if not folder.is_dir():
            raise SystemExit(f"{folder} is no folder; `fetch` brings pictures")
    found = [
        picture for folder in folders for picture in pictures.listed(folder) if options.half in ("all", picture.half)
    ][: options.limit]
    if not found:
        return None
    print(f"{kind}: {len(found)} pictures", flush=True)
    folder = RESULTS / kind
    tasks = contenders.cut_all(found, environment.WORK / "tasks" / kind)
    engines = contenders.local_engines(binary, environment.WORK / "tasks")
    _on_one_core(lambda: contenders.fill(tasks, binary, engines))
    print("  measuring", flush=True)
    rows = figures.of_all(tasks, os.cpu_count())
    folder.mkdir(parents=True, exist_ok=True)
    figures.write(rows, folder / "figures.csv")
    sheets.write(tasks, rows, folder / "sheets")
    sheets.write(tasks, rows, folder / "sheets-auto", engines=["auto"])
    real = sum(picture.path.parent.name != environment.COMPOSED.name for picture in found)
    return Set(kind, rows, real, contenders.unsteady(tasks, binary, engines))


def _on_one_core(work):
    """Does work, and all programs that it starts, on one processor."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {toolbox.first_core()})
    try:
        work()
    finally:
        os.sched_setaffinity(0, all_cores)


def _options():
    parser = argparse.ArgumentParser(
        prog="run",
        description="Crops pictures, lets every local engine and OpenCV's inpainting extend them again, "
        "and compares the margins with what was cut away.",
    )
    add = parser.add_argument
    add("folders", nargs="*", type=Path, metavar="FOLDER", help="photographs (default: what fetch brings)")
    add("--products", nargs="+", type=Path, default=[], metavar="FOLDER", help="pictures of products")
    add("--half", choices=[*pictures.HALVES, "all"], default="held", help="which half (default: held)")
    add("--limit", type=int, metavar="N", help="only the first N pictures of a set, for a trial")
    add("--binary", type=lambda text: Path(text).resolve(), metavar="FILE", help="a recanvas that is built")
    add("--verdicts", type=Path, metavar="FILE", help="CSV of file,cut,verdict (good or broken) of auto's outputs")
    add("--write-docs", action="store_true", help="put the tables into docs/local-engines.md")
    add("--self-test", action="store_true", help="test the figures and do nothing else")
    options = parser.parse_args()
    if options.write_docs and (options.folders or options.products or options.limit or options.half != "held"):
        parser.error("--write-docs takes the held half of all that fetch brings")
    return options
