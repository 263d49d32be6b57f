"""Runs a command and says what it took: wall time, CPU time, memory."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# Seconds between two looks at the memory of a run.
SAMPLING = 0.005


@dataclass(frozen=True)
class Cost:
    """What one run took, all of its processes together, in seconds."""

    wall: float
    cpu: float


class Failed(Exception):
    """A command that did not succeed, with what it said."""


def cost(command, environment=None):
    """Runs a command to its end and returns its cost."""
    # What earlier runs have left to be written would be charged to this one.
    os.sync()
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = _start(command, environment, said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        _require_success(process, said)
    # The children that it has waited for are in its usage.
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def peak_memory(command, environment=None):
    """Runs a command and returns the most bytes that all its processes held at one moment.

    Looking costs time, so that such a run is never one whose time counts. Pages that several
    processes share are counted once.
    """
    peak, highest, most_processes = 0, 0, 0
    with tempfile.TemporaryFile() as said:
        process = _start(command, environment, said)
        while process.poll() is None:
            tree = list(_tree(process.pid))
            peak = max(peak, sum(_kilobytes(pid, "smaps_rollup", "Pss:") for pid in tree))
            highest = max(highest, _kilobytes(process.pid, "status", "VmHWM:"))
            most_processes = max(most_processes, len(tree))
            time.sleep(SAMPLING)
        _require_success(process, said)
    # Of a single process the kernel itself knows the peak; between looks nothing gets lost.
    return 1024 * (max(peak, highest) if most_processes <= 1 else peak)


def _start(command, environment, said):
    return subprocess.Popen(
        [str(word) for word in command],
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
    )


def _require_success(process, said):
    if process.returncode != 0:
        said.seek(0)
        text = said.read().decode(errors="replace")[-2000:]
        raise Failed(f"{process.args} ended with {process.returncode}:\n{text}")


def _tree(pid):
    """A process and all that descend from it."""
    yield pid
    try:
        threads = [f"/proc/{pid}/task/{thread}/children" for thread in os.listdir(f"/proc/{pid}/task")]
        children = [child for thread in threads for child in Path(thread).read_text().split()]
    except OSError:
        # It has ended meanwhile.
        return
    for child in children:
        yield from _tree(int(child))


def _kilobytes(pid, file, field):
    """A figure of a process; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)
