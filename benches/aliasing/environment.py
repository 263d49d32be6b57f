"""Where things lie and what is installed: the standard library alone."""

from pathlib import Path

import toolbox
from toolbox import TARGET

HERE = Path(__file__).resolve().parent
WORK = TARGET / "aliasing"
PYTHON = WORK / "venv" / "bin" / "python"


def install():
    """Installs the libraries; quick where nothing changed."""
    WORK.mkdir(parents=True, exist_ok=True)
    toolbox.unless_same(HERE / "requirements.txt", WORK / "venv", toolbox.make_venv)
