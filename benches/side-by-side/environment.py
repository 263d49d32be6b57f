"""Where things lie, what is installed, and on which machine: the standard library alone."""

import json
import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "side-by-side"
PYTHON = WORK / "venv" / "bin" / "python"
SHARP = WORK / "sharp"
RECANVAS = TARGET / "release" / "recanvas"
BARE_LOOP = TARGET / "release" / "examples" / "bare_loop"

# Every program gets the same two processors, as the bars are for two.
CORES = 2


def install():
    """Installs the peers and builds recanvas; quick where nothing changed."""
    WORK.mkdir(parents=True, exist_ok=True)
    _unless_same(HERE / "requirements.txt", WORK / "venv", _make_venv)
    _unless_same(HERE / "peers" / "package.json", SHARP, _make_node_folder)
    build = ["cargo", "build", "--release", "--bin", "recanvas", "--example", "bare_loop"]
    subprocess.run(build, cwd=ROOT, check=True)


def _unless_same(recipe, folder, make):
    """Makes `folder` anew unless it was made from this very `recipe`."""
    made_from = folder / "made-from"
    if made_from.exists() and made_from.read_bytes() == recipe.read_bytes():
        return
    shutil.rmtree(folder, ignore_errors=True)
    make(recipe, folder)
    shutil.copy(recipe, made_from)


def _make_venv(recipe, folder):
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", recipe], check=True)


def _make_node_folder(recipe, folder):
    folder.mkdir()
    shutil.copy(recipe, folder / "package.json")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)


def confine():
    """Leaves this process, and all that it starts, the first processors only."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def first_core():
    """What before a command leaves it one processor."""
    return ["taskset", "-c", str(min(os.sched_getaffinity(0)))]


@cache
def imagemagick():
    """The command of ImageMagick, or none where the system has none."""
    for name in ("magick", "convert"):
        found = shutil.which(name)
        # Other programs are called convert as well.
        if found and _output([found, "-version"]).startswith("Version: ImageMagick"):
            return found
    return None


def versions():
    """What takes part, by name."""
    import PIL
    import pyvips

    packages = json.loads((SHARP / "node_modules" / "sharp" / "package.json").read_text())
    vips = ".".join(str(pyvips.version(part)) for part in range(3))
    found = {
        "recanvas": f"{_output([RECANVAS, '--version']).split()[-1]}, commit {commit()}",
        "sharp": f"{packages['version']}, Node.js {_output(['node', '--version']).strip()}",
        "pyvips": f"{pyvips.__version__}, libvips {vips}, Python {platform.python_version()}",
        "Pillow": PIL.__version__,
        "ImageMagick": "absent",
    }
    if imagemagick():
        found["ImageMagick"] = _output([imagemagick(), "-version"]).split()[2]
    return found


def commit():
    """The commit that was measured, with a + where the tree differs from it."""
    name = _output(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]).strip()
    changed = _output(["git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no"]).strip()
    return name + ("+" if changed else "")


def machine():
    """The machine in one line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{CORES} of {os.cpu_count()} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}"


def _output(command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
