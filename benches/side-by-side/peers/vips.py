"""Does the tasks of a JSON file with libvips through pyvips: `vips.py TASKS`."""

import common

pyvips = None


def load_library():
    """Loads libvips where it is used: after a fork, as its threads do not survive one."""
    global pyvips
    import pyvips as library

    pyvips = library
    # Nothing is asked for twice, so a cache would only hold memory.
    pyvips.cache_set_max(0)


def make(task, settings):
    """Makes all outputs of one source."""
    share = settings["share"]
    if share == "placed":
        output = task["outputs"][0]
        pixels = opened(task, output["whole"])
        if all(output["background"] for output in task["outputs"]):
            # Without alpha there is less to resample.
            pixels = flat(pixels, output)
        pixels = placed(pixels, output).copy_memory()
        for output in task["outputs"]:
            write(flat(pixels, output), output)
        return
    shared = None
    if share != "each":
        shared = opened(task, task["covering"])
        if share == "covering":
            shared = scaled(shared, task["covering"])
        shared = shared.copy_memory()
    for output in task["outputs"]:
        if shared:
            shown = placed(shared, output)
        elif settings["load"] == "thumbnail":
            shown = thumbnail(task, output)
        else:
            shown = placed(opened(task, output["whole"]), output)
        write(framed(flat(shown, output), output, settings), output)


def thumbnail(task, output):
    """The part of the source that shows, by libvips' own way from file to size."""
    width, height = output["place"]
    how = {"crop": "centre"} if output["crops"] else {"size": "force"}
    return pyvips.Image.thumbnail(task["source"], width, height=height, **how)


def opened(task, size):
    """The source, at the smallest scale of its decoder that still covers `size`."""
    shrink = 1
    if task["source"].endswith(".jpg"):
        sides = list(zip(task["size"], size, strict=True))
        shrink = next(n for n in (8, 4, 2, 1) if all(side / n >= least for side, least in sides))
    options = {"shrink": shrink} if shrink > 1 else {}
    return pyvips.Image.new_from_file(task["source"], access="sequential", **options)


def scaled(picture, size):
    """The picture in exactly this size."""
    if [picture.width, picture.height] == size:
        return picture
    ratio, vertical = size[0] / picture.width, size[1] / picture.height
    if not picture.hasalpha():
        return picture.resize(ratio, vscale=vertical)
    # As `thumbnail` does it: back to bytes, which are resampled much faster than floats.
    resized = picture.premultiply().cast(picture.format).resize(ratio, vscale=vertical)
    return resized.unpremultiply().cast(picture.format)


def placed(picture, output):
    """The part of the source that shows, in the output's pixels."""
    whole, place = output["whole"], output["place"]
    picture = scaled(picture, whole)
    left, top = ((a - b) // 2 for a, b in zip(whole, place, strict=True))
    return picture.crop(left, top, *place) if output["crops"] else picture


def flat(picture, output):
    """The picture on its background where the format has no alpha."""
    if output["background"] == "white" and picture.hasalpha():
        return picture.flatten(background=255)
    return picture


def framed(shown, output, settings):
    """The picture with its margins."""
    fill = output["fill"]
    if not fill:
        return shown
    (left, top), (width, height) = output["at"], output["canvas"]
    if fill["kind"] == "edge":
        return shown.embed(left, top, width, height, extend="copy")
    shown = shown.copy_memory()
    # A wide blur leaves nothing that a small picture could not hold.
    reduction = fill["sigma"] / 4 if settings["backdrop"] == "small" else 1
    small = round(width / reduction), round(height / reduction)
    cover = shown.thumbnail_image(small[0], height=small[1], crop="centre")
    blurred = cover.gaussblur(fill["sigma"] / reduction).linear(fill["light"], 0, uchar=True).copy_memory()
    backdrop = blurred.resize(width / small[0], vscale=height / small[1], kernel="cubic")
    return backdrop.insert(shown, left, top)


def write(picture, output):
    """Writes the file."""
    if output["format"] == "webp":
        picture.webpsave(output["path"], Q=output["quality"], effort=output["method"], keep="none")
        return
    picture.jpegsave(
        output["path"], Q=output["quality"], subsample_mode="on", optimize_coding=output["optimise"], keep="none"
    )


if __name__ == "__main__":
    common.main(make, load_library)
