"""Compares the outputs of two builds of recanvas: the standard library alone.

A change of the code's shape leaves every byte of every output as it was. Digests of a build are never
kept, as libraries may change them; both builds run here, one after the other.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import toolbox
from toolbox import ROOT, TARGET

FIXTURES = ROOT / "fixtures"
CORPORA = TARGET / "side-by-side" / "corpora"
PICTURES = TARGET / "outpaint-quality" / "pictures"
ENGINES = ("auto", "studio", "content", "blur", "edge", "mirror", "solid")
# Pictures of each corpus; all of them would take an hour.
OF_CORPUS = 6

EACH_ENGINE = """version: 1
targets:
  - {{ name: square, size: 400x400 }}
  - {{ name: wide, size: 640x360 }}
  - {{ name: tall, size: 300x500 }}
output: {{ path: "{{dir}}/{{stem}}.{{source_ext}}.{{target}}.{{ext}}" }}
stages:
  - outpaint: {{ engine: {engine} }}
  - convert: {{ format: png }}
"""


def main():
    """Runs every case with both builds; the exit code is 1 if any output differs."""
    parser = argparse.ArgumentParser(prog="run", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    options = parser.parse_args()
    builds = [options.old.resolve(), options.new.resolve()]
    compared, different = 0, []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name, pipeline, sources, provider in _cases(work):
            if options.only not in name:
                continue
            old, new = (_made(binary, pipeline, sources, provider, work / "out") for binary in builds)
            unlike = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
            if not old:
                sys.exit(f"{name}: nothing was made")
            compared += len(old)
            different += [f"{name}: {path}" for path in unlike]
            print(f"{name}: {len(old)} outputs, {len(unlike)} differ", flush=True)
    print(f"{compared} outputs compared, {len(different)} differ")
    for line in different[:50]:
        print(f"  {line}")
    return 1 if different or not compared else 0


def _cases(work):
    """Name, pipeline, folder of sources and provider of each case."""
    for pipeline in sorted((ROOT / "pipelines").glob("*.yaml")):
        for sources in ("photos", "grid", "icc", "orientation", "color"):
            yield f"{pipeline.stem} of {sources}", pipeline, FIXTURES / sources, None
    for engine in ENGINES:
        pipeline = work / f"{engine}.yaml"
        pipeline.write_text(EACH_ENGINE.format(engine=engine))
        yield f"{engine} of photos", pipeline, FIXTURES / "photos", None
        for kind in ("studio", "cutouts", "photos", "composed"):
            held = _held(PICTURES / kind, work / f"held-{kind}")
            if held:
                yield f"{engine} of the held half of {kind}", pipeline, held, None
    for pipeline in sorted((ROOT / "pipelines" / "providers").glob("*.yaml")):
        # One call after the other: some providers are told by what the first result showed.
        alone = work / pipeline.name
        one = re.sub(r"use: \w+(?= })", r"\g<0>, in_flight: 1", pipeline.read_text())
        alone.write_text(re.sub(r"(?m)^( +)- use: \w+$", r"\g<0>\n\1  in_flight: 1", one))
        yield f"{pipeline.stem} with its server", alone, FIXTURES / "photos", pipeline.stem
    for pipeline in sorted((ROOT / "benches" / "side-by-side" / "pipelines").glob("*.yaml")):
        for corpus in sorted(CORPORA.glob("*-r1")) if CORPORA.exists() else []:
            yield f"{pipeline.stem} of {corpus.name}", pipeline, _some(corpus, work / corpus.name), None
    for folder, command in ((PICTURES, "benches/outpaint-quality/fetch"), (CORPORA, "benches/side-by-side/run")):
        if not folder.exists():
            print(f"NOT compared: {folder.name}; {command} brings them", flush=True)


def _held(folder, links):
    """The held half of a folder that `outpaint-quality/fetch` filled, as links; nothing if there is none."""
    if not folder.exists():
        return None
    sys.path.append(str(ROOT / "benches" / "outpaint-quality"))
    import pictures  # its list of what is there says which half a picture is in

    held = [picture.path for picture in pictures.listed(folder) if picture.half == "held"]
    return _linked(held, links) if held else None


def _some(corpus, links):
    return _linked(sorted(path for path in corpus.rglob("*") if path.is_file())[:OF_CORPUS], links)


def _linked(paths, links):
    if not links.exists():
        links.mkdir()
        for path in paths:
            os.link(path, links / path.name) if _same_disk(path, links) else shutil.copy(path, links / path.name)
    return links


def _same_disk(path, folder):
    return path.stat().st_dev == folder.stat().st_dev


def _made(binary, pipeline, sources, provider, output):
    """The bytes of every output, by path, and what was paid for them."""
    shutil.rmtree(output, ignore_errors=True)
    server, environment = _served(provider) if provider else (None, {})
    command = [binary, "run", pipeline, "--input", sources, "--output", output, "--quiet", "--json"]
    if provider:
        command += ["--jobs", "1"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    if server:
        server.terminate()
        server.wait()
    if done.returncode not in (0, 3):
        sys.exit(f"{pipeline}: exit {done.returncode}\n{done.stderr}")
    files = (path for path in output.rglob("*") if path.is_file() and ".recanvas" not in path.parts)
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def _served(provider):
    """A provider on loopback, and the variables by which a run finds it."""
    command = ["cargo", "run", "--quiet", "--example", "pretend_provider", "--", provider, "--idle-exit", "60s"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    lines = [server.stdout.readline().strip() for _ in range(2)]
    return server, dict(line.split("=", 1) for line in lines)


if __name__ == "__main__":
    sys.exit(main())
