"""What the peers' Python scripts share: reading their tasks and spreading them over two workers."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path


def main(make, prepare=None):
    """Calls `make(task, settings)` for every task of the file that the first argument names.

    `prepare` runs once in every worker process.
    """
    document = json.loads(Path(sys.argv[1]).read_text())
    tasks, settings = document["tasks"], document["settings"]
    arguments = [(task, settings) for task in tasks]
    if settings["workers"] == "threads":
        if prepare:
            prepare()
        with ThreadPoolExecutor(settings["flight"]) as pool:
            list(pool.map(make, *zip(*arguments, strict=True)))
        return
    # Forked before any library is loaded, which costs nothing and is safe.
    with get_context("fork").Pool(settings["flight"], prepare) as pool:
        pool.starmap(make, arguments, chunksize=max(1, min(8, len(tasks) // 16)))
        # Ended rather than killed, so that the time of the workers is counted.
        pool.close()
        pool.join()
