"""Measures one workload, walk or growth series, and returns what was found as plain data."""

from dataclasses import asdict
from statistics import fmean, median

import contenders
import contest
import corpora
import measure
import quality
from environment import RECANVAS, WORK, first_core
from workloads import GROWTH, OPTIMISE_CODING, TREE_CORPUS, TREE_PIPELINE


def workload(work, options):
    """recanvas beside each peer, and beside the bare loop where the workload has a floor."""
    folder = corpora.build(work.corpus, options.scale)
    sources = sorted(folder.iterdir())
    ours = contenders.recanvas(work, folder)
    peers = [contest.fastest(name, work, sources) for name in options.peers]
    for contender in (ours, *peers):
        contest.run_once(contender)
        _require_all(contender, len(sources) * len(work.targets))
    _require_equal_coding(ours)
    likeness = _likeness(work, sources, [ours, *peers])
    found = {
        "title": work.title,
        "sources": len(sources),
        "source_bytes": fmean(source.stat().st_size for source in sources),
        "recanvas": _traits(ours, likeness),
        "peers": [
            {"name": peer.name, "settings": peer.settings}
            | _traits(peer, likeness)
            | asdict(_pairs(ours, peer, options))
            for peer in peers
        ],
    }
    if work.floor:
        found["floor"] = asdict(_pairs(ours, contenders.bare_loop(work, folder), options))
    return found


def _pairs(one, other, options):
    return contest.run_pairs(lambda: contest.run_once(one), lambda: contest.run_once(other), options.pairs)


def _traits(contender, likeness):
    """What does not need pairs, as it is the same in each run."""
    psnr, ssim = likeness[contender.name]
    return {"bytes": contender.bytes_written(), "psnr": psnr, "ssim": ssim, "memory": contest.memory(contender)}


def _likeness(work, sources, all_contenders):
    def file_of(contender):
        return lambda path: contender.output / path.name

    tasks = work.tasks(sources, WORK)
    return quality.compare(tasks, {contender.name: file_of(contender) for contender in all_contenders})


def _require_all(contender, count):
    """No contender is faster by leaving work out."""
    made = len(contender.files())
    if made != count:
        raise SystemExit(f"{contender.name} made {made} files of {count}")


def _require_equal_coding(ours):
    """Tables of its own cost a file time and save bytes, so all look for them or none."""
    for file in sorted(ours.output.glob("*.jpg"))[:3]:
        if quality.has_own_tables(file) != OPTIMISE_CODING:
            raise SystemExit("recanvas codes JPEG in another way than workloads.OPTIMISE_CODING tells the peers")


def walk(walked, options):
    """A command of recanvas over a large tree beside `find` over the same tree."""
    folder = corpora.build(TREE_CORPUS, options.scale)
    output = WORK / "out" / f"{folder.name}-{walked.command}"
    command = [RECANVAS, walked.command, TREE_PIPELINE, "--input", folder, "--output", output]
    find = ["find", folder, "-printf", r"%s %T@ %p\n"]
    # Finishes all tasks if the command is `run`, and fills the page cache.
    for warm_up in (command, find):
        measure.cost(warm_up)
    outcome = contest.run_pairs(lambda: measure.cost(command), lambda: measure.cost(find), options.pairs)
    files = corpora.CORPORA[TREE_CORPUS].scaled(options.scale)
    return {"title": walked.title, "files": files, "memory": measure.peak_memory(command)} | asdict(outcome)


def growth(options):
    """Images per second by number of sources, and by number of cores."""
    corpus = corpora.CORPORA[GROWTH.corpus]
    whole = corpora.build(corpus.name, options.scale)
    share = corpus.scaled(options.scale) / corpus.count
    counts = [max(2, round(count * share)) for count in GROWTH.counts]
    at = max(2, round(GROWTH.at * share))
    runs = {str(count): (count, []) for count in counts} | {"one core": (at, first_core())}
    speeds = {name: [] for name in runs}
    for index in range(options.pairs + 1):
        order = list(runs) if index % 2 == 0 else list(reversed(runs))
        for name in order:
            count, prefix = runs[name]
            speed = _speed(corpora.first_of(whole, count), count, prefix)
            # The first round warms up.
            if index > 0:
                speeds[name].append(speed)
    reference = speeds[str(at)]

    def ratio(name):
        return asdict(contest.Ratio.of(zip(speeds[name], reference, strict=True)))

    return {
        "at": at,
        "counts": [{"count": count, "speed": median(speeds[str(count)])} | ratio(str(count)) for count in counts],
        "cores": asdict(contest.Ratio.of(zip(reference, speeds["one core"], strict=True))),
    }


def _speed(folder, count, prefix):
    output = WORK / "out" / GROWTH.name
    command = [*prefix, RECANVAS, "run", GROWTH.pipeline, "--input", folder, "--output", output]
    ours = contenders.Contender("recanvas", command, output)
    return count / contest.run_once(ours).wall
