"""Where things lie and what is installed: the standard library alone."""

from pathlib import Path

import toolbox
from toolbox import TARGET

HERE = Path(__file__).resolve().parent
WORK = TARGET / "outpaint-quality"
PYTHON = WORK / "venv" / "bin" / "python"

# Pictures that `fetch` brings, a folder for each kind.
PICTURES = WORK / "pictures"
PHOTOS, STUDIO, CUTOUTS, COMPOSED = (PICTURES / kind for kind in ("photos", "studio", "cutouts", "composed"))


def install():
    """Installs the libraries; quick where nothing changed."""
    WORK.mkdir(parents=True, exist_ok=True)
    toolbox.unless_same(HERE / "requirements.txt", WORK / "venv", toolbox.make_venv)
