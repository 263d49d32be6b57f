"""The command line: what is measured, how often, and where the result goes."""

import argparse
import json
from datetime import date

import contenders
import environment
import rounds
import table
import toolbox
from workloads import GROWTH, NAMES, WALKS, WORKLOADS


def main():
    """Measures what the command line asks for and prints the tables."""
    options = _options()
    environment.confine()
    contenders.remove_old_outputs()
    folder = environment.WORK / "results" / f"scale-{options.scale:g}"
    folder.mkdir(parents=True, exist_ok=True)
    measured = {"date": date.today().isoformat(), "commit": toolbox.commit(), "pairs": options.pairs}
    for name in options.only:
        print(f"{name}:", flush=True)
        found = measured | _measure(name, options)
        contenders.remove_old_outputs()
        (folder / f"{name}.json").write_text(json.dumps(found, indent=1))
        print(table.section(name, found), flush=True)
    page = table.page(folder)
    print(page)
    if options.write_docs:
        table.write_docs(page)


def _measure(name, options):
    if name == GROWTH.name:
        return rounds.growth(options)
    for walk in WALKS:
        if walk.name == name:
            return rounds.walk(walk, options)
    return rounds.workload(next(work for work in WORKLOADS if work.name == name), options)


def _options():
    def names(known):
        def parse(text):
            asked = text.split(",")
            if unknown := set(asked) - set(known):
                raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: known are {', '.join(known)}")
            return asked

        return parse

    peers = [name for name in contenders.NAMES if contenders.available(name)]
    parser = argparse.ArgumentParser(prog="run", description="Measures recanvas beside other programs.")
    parser.add_argument("--pairs", type=int, default=7, help="alternating pairs of runs (default: 7)")
    parser.add_argument("--only", type=names(NAMES), default=NAMES, help=f"some of {','.join(NAMES)}")
    parser.add_argument("--peers", type=names(peers), default=peers, help=f"some of {','.join(peers)}")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the pictures, for a trial (default: 1)")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    if options.write_docs and options.scale != 1.0:
        parser.error("--write-docs takes the whole corpora, not a --scale of them")
    return options
