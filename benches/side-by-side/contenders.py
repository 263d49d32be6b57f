"""Who takes part: recanvas, the bare loop, the peers with the settings that are tried for them."""

import json
import shutil
import sys
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from environment import BARE_LOOP, CORES, HERE, RECANVAS, SHARP, WORK, imagemagick

PEERS = HERE / "peers"
ASIDE = WORK / "aside"


@dataclass
class Contender:
    """A program that does a workload's tasks into a folder of its own."""

    name: str
    command: list
    output: Path
    environment: dict = field(default_factory=dict)
    # The settings of a peer, in words.
    settings: str = ""

    def clear(self):
        """Makes its output folder as new. What was in it is put aside: file systems are slow for
        a while after files were removed, and the next to run would pay for it."""
        if self.output.exists():
            ASIDE.mkdir(parents=True, exist_ok=True)
            self.output.rename(ASIDE / str(len(list(ASIDE.iterdir()))))
        self.output.mkdir(parents=True)

    def files(self):
        """The pictures that it wrote; recanvas's state lies in a folder."""
        return [path for path in self.output.iterdir() if path.is_file()]

    def bytes_written(self):
        """Bytes of all those pictures."""
        return sum(path.stat().st_size for path in self.files())


def remove_old_outputs():
    """Removes what was put aside."""
    shutil.rmtree(ASIDE, ignore_errors=True)


def recanvas(workload, folder):
    """recanvas as it is shipped."""
    output = WORK / "out" / workload.name / "recanvas"
    command = [RECANVAS, "run", workload.pipeline, "--input", folder, "--output", output]
    return Contender("recanvas", command, output)


def bare_loop(workload, folder):
    """The same pixels without everything around them."""
    output = WORK / "out" / workload.name / "bare-loop"
    return Contender("bare loop", [BARE_LOOP, workload.pipeline, folder, output, CORES], output)


# How a peer may use two processors, and how it may do the work of a workload. Every combination
# is tried, and the fastest is the peer.
THREADS = {
    "sharp": [{"threads": 1, "flight": 2}, {"threads": 2, "flight": 1}, {"threads": 1, "flight": 4}],
    "pyvips": [
        {"workers": "processes", "flight": 2, "threads": 1},
        {"workers": "threads", "flight": 2, "threads": 1},
        {"workers": "threads", "flight": 1, "threads": 2},
    ],
    "Pillow": [{"workers": "processes", "flight": 2}, {"workers": "threads", "flight": 2}],
    "ImageMagick": [{"workers": "threads", "flight": 2, "threads": 1}],
}
SHARED = [{"share": "each"}, {"share": "decoded"}, {"share": "covering"}]
LOADS = [{"load": "thumbnail"}, {"load": "shrink"}]
WAYS = {
    "sharp": {
        "W2b": [{"backdrop": "full"}, {"backdrop": "small"}],
        "W3": [{"share": "each"}, {"share": "placed"}],
        "W4": SHARED,
    },
    "pyvips": {
        "W1": [{"share": "each"} | load for load in LOADS],
        "W2": [{"share": "each"} | load for load in LOADS],
        "W2b": [{"share": "each", "backdrop": "full", "load": "shrink"}]
        + [{"share": "each", "backdrop": "small"} | load for load in LOADS],
        "W3": [{"share": "placed"}],
        "W4": [{"share": "each"} | load for load in LOADS] + SHARED[1:],
        "W5": [{"share": "each"} | load for load in LOADS],
    },
}
NAMES = list(THREADS)

# The peers that the bars are about; the others are for comparison.
JUDGES = ("sharp", "pyvips")


def available(name):
    """Whether a peer is on this machine."""
    return name != "ImageMagick" or imagemagick() is not None


def settings(name, workload):
    """All settings to try for a peer."""
    ways = WAYS.get(name, {}).get(workload.name, [{}])
    return [threads | way for threads, way in product(THREADS[name], ways)]


def peer(name, workload, sources, settings):
    """A peer with these settings, and its tasks in a file."""
    label = ", ".join(f"{key} {value}" for key, value in settings.items())
    output = WORK / "out" / workload.name / name.lower()
    tasks = WORK / "tasks" / f"{workload.name}-{name}-{len(sources)}-{label}.json".replace(" ", "-")
    tasks.parent.mkdir(exist_ok=True)
    tasks.write_text(json.dumps({"tasks": workload.tasks(sources, output), "settings": settings}))
    environment = {"VIPS_CONCURRENCY": str(settings.get("threads", 1))}
    match name:
        case "sharp":
            command = ["node", PEERS / "sharp.mjs", tasks, SHARP]
            environment["UV_THREADPOOL_SIZE"] = str(settings["flight"])
        case "pyvips":
            command = [sys.executable, PEERS / "vips.py", tasks]
        case "Pillow":
            command = [sys.executable, PEERS / "pillow.py", tasks]
        case "ImageMagick":
            command = [sys.executable, PEERS / "magick.py", tasks, imagemagick()]
    return Contender(name, command, output, environment, label)
