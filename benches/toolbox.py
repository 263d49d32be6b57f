"""What the benchmarks that are written in Python share: the standard library alone.

Each has a `run` that makes the environment of the rest, so this file is imported before anything
is installed.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
RECANVAS = TARGET / "release" / "recanvas"


def unless_same(recipe, folder, make):
    """Makes `folder` anew unless it was made from this very `recipe`."""
    made_from = folder / "made-from"
    if made_from.exists() and made_from.read_bytes() == recipe.read_bytes():
        return
    shutil.rmtree(folder, ignore_errors=True)
    make(recipe, folder)
    shutil.copy(recipe, made_from)


def make_venv(recipe, folder):
    """A virtual environment with the packages that `recipe` lists."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", recipe], check=True)


def first_core():
    """The processor that is used where only one shall be."""
    return min(os.sched_getaffinity(0))


def commit():
    """The commit that was measured, with a + where the tree differs from it."""
    name = output(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]).strip()
    changed = output(["git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no"]).strip()
    return name + ("+" if changed else "")


def machine(cores):
    """The machine in one line, of which `cores` processors are used."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores} of {os.cpu_count()} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}"


def output(command):
    """What a command says, or nothing."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def markdown_table(head, rows):
    """A table of cells that are text already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def met(is_met):
    """How a table says whether a bar is met."""
    return "yes" if is_met else "**no**"


def write_between(page, begin, end, text):
    """Replaces what a page has between two markers."""
    head, rest = page.read_text().split(begin)
    _, tail = rest.split(end)
    page.write_text(f"{head}{begin}\n\n{text}\n\n{end}{tail}")
