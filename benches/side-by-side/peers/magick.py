"""Does the tasks of a JSON file with ImageMagick, one process a source: `magick.py TASKS COMMAND`."""

import os
import subprocess
import sys

import common


def make(task, settings):
    """Makes all outputs of one source, which is decoded once."""
    # Decodes JPEG at the smallest scale that still covers all outputs.
    hint = f"jpeg:size={by(task['covering'])}"
    command = [sys.argv[2], "-define", hint, task["source"], "-strip"]
    for output in task["outputs"]:
        command += ["(", "-clone", "0", *placed(output), *framed(output), *written(output), "+delete", ")"]
    # Its own threads would only disturb those beside it.
    environment = os.environ | {"MAGICK_THREAD_LIMIT": str(settings["threads"])}
    subprocess.run([*command, "null:"], check=True, env=environment)


def by(size):
    """A size as ImageMagick reads it."""
    return f"{size[0]}x{size[1]}"


def placed(output):
    """The part of the source that shows, in the output's pixels."""
    if output["background"]:
        yield from ("-background", output["background"], "-alpha", "remove", "-alpha", "off")
    yield from ("-filter", "Lanczos", "-resize", f"{by(output['whole'])}!")
    if output["crops"]:
        yield from ("-gravity", "center", "-crop", f"{by(output['place'])}+0+0", "+repage")


def framed(output):
    """The picture with its margins."""
    fill = output["fill"]
    if not fill:
        return
    (left, top), canvas = output["at"], output["canvas"]
    if fill["kind"] == "edge":
        view = f"option:distort:viewport={by(canvas)}-{left}-{top}"
        yield from ("-virtual-pixel", "edge", "-set", *view.split("="), "-filter", "point", "-distort", "SRT", "0")
        yield "+repage"
        return
    reduction = fill["sigma"] / 4
    small = by([round(side / reduction) for side in canvas])
    yield from ("(", "+clone", "-resize", f"{small}^", "-gravity", "center", "-crop", f"{small}+0+0", "+repage")
    yield from ("-blur", f"0x{fill['sigma'] / reduction:g}", "-evaluate", "multiply", f"{fill['light']:g}")
    yield from ("-filter", "Mitchell", "-resize", f"{by(canvas)}!", ")")
    yield from ("+swap", "-gravity", "NorthWest", "-geometry", f"+{left}+{top}", "-composite")


def written(output):
    """How the file is written."""
    yield from ("-quality", str(output["quality"]))
    if output["format"] == "webp":
        yield from ("-define", f"webp:method={output['method']}")
    else:
        optimise = str(output["optimise"]).lower()
        yield from ("-sampling-factor", "4:2:0", "-define", f"jpeg:optimize-coding={optimise}")
    yield from ("-write", output["path"])


if __name__ == "__main__":
    common.main(make)
