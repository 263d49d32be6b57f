"""Where things lie, what is installed, and on which machine: the standard library alone."""

import json
import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path

import toolbox
from toolbox import RECANVAS, ROOT, TARGET, output

HERE = Path(__file__).resolve().parent
WORK = TARGET / "side-by-side"
PYTHON = WORK / "venv" / "bin" / "python"
SHARP = WORK / "sharp"
BARE_LOOP = TARGET / "release" / "examples" / "bare_loop"

# Every program gets the same two processors, as the bars are for two.
CORES = 2


def install():
    """Installs the peers and builds recanvas; quick where nothing changed."""
    WORK.mkdir(parents=True, exist_ok=True)
    toolbox.unless_same(HERE / "requirements.txt", WORK / "venv", toolbox.make_venv)
    toolbox.unless_same(HERE / "peers" / "package.json", SHARP, _make_node_folder)
    build = ["cargo", "build", "--release", "--bin", "recanvas", "--example", "bare_loop"]
    subprocess.run(build, cwd=ROOT, check=True)


def _make_node_folder(recipe, folder):
    folder.mkdir()
    shutil.copy(recipe, folder / "package.json")
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)


def confine():
    """Leaves this process, and all that it starts, the first processors only."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def first_core():
    """What before a command leaves it one processor."""
    return ["taskset", "-c", str(toolbox.first_core())]


@cache
def imagemagick():
    """The command of ImageMagick, or none where the system has none."""
    for name in ("magick", "convert"):
        found = shutil.which(name)
        # Other programs are called convert as well.
        if found and output([found, "-version"]).startswith("Version: ImageMagick"):
            return found
    return None


def versions():
    """What takes part, by name."""
    import PIL
    import pyvips

    packages = json.loads((SHARP / "node_modules" / "sharp" / "package.json").read_text())
    vips = ".".join(str(pyvips.version(part)) for part in range(3))
    found = {
        "recanvas": f"{output([RECANVAS, '--version']).split()[-1]}, commit {toolbox.commit()}",
        "sharp": f"{packages['version']}, Node.js {output(['node', '--version']).strip()}",
        "pyvips": f"{pyvips.__version__}, libvips {vips}, Python {platform.python_version()}",
        "Pillow": PIL.__version__,
        "ImageMagick": "absent",
    }
    if imagemagick():
        found["ImageMagick"] = output([imagemagick(), "-version"]).split()[2]
    return found
