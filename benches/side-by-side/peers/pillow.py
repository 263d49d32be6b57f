"""Does the tasks of a JSON file with Pillow: `pillow.py TASKS`."""

import common
from PIL import Image, ImageEnhance, ImageFilter


def make(task, settings):
    """Makes all outputs of one source, which is decoded once."""
    with Image.open(task["source"]) as picture:
        # Decodes JPEG at the smallest scale that still covers all outputs.
        picture.draft(None, tuple(task["covering"]))
        picture.load()
        for output in task["outputs"]:
            write(framed(flat(placed(picture, task, output), output), output), output)


def placed(picture, task, output):
    """The part of the source that shows, in the output's pixels."""
    scale = [now / side for now, side in zip(picture.size, task["size"], strict=True)]
    left, top, width, height = output["window"]
    box = (left * scale[0], top * scale[1], (left + width) * scale[0], (top + height) * scale[1])
    return picture.resize(output["place"], Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def flat(picture, output):
    """The picture on its background where the format has no alpha."""
    if not output["background"] or picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, output["background"])
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def framed(shown, output):
    """The picture with its margins."""
    fill = output["fill"]
    if not fill:
        return shown
    canvas = extended(shown, output) if fill["kind"] == "edge" else backdrop(shown, output)
    canvas.paste(shown, output["at"])
    return canvas


def extended(shown, output):
    """A canvas whose margins are the outermost rows and columns, drawn out."""
    (left, top), (width, height) = output["at"], output["canvas"]
    right, bottom = left + shown.width, top + shown.height
    canvas = Image.new(shown.mode, (width, height))
    last = (shown.width - 1, shown.height - 1)
    for edge, start, size in (
        ((0, 0, shown.width, 1), (left, 0), (shown.width, top)),
        ((0, last[1], shown.width, shown.height), (left, bottom), (shown.width, height - bottom)),
        ((0, 0, 1, shown.height), (0, top), (left, shown.height)),
        ((last[0], 0, shown.width, shown.height), (right, top), (width - right, shown.height)),
    ):
        if all(size):
            canvas.paste(shown.crop(edge).resize(size, Image.Resampling.NEAREST), start)
    return canvas


def backdrop(shown, output):
    """A blurred, dimmed enlargement of the picture, blurred while it is small."""
    fill, (width, height) = output["fill"], output["canvas"]
    reduction = fill["sigma"] / 4
    small = round(width / reduction), round(height / reduction)
    scale = max(small[0] / shown.width, small[1] / shown.height)
    across, down = small[0] / scale, small[1] / scale
    left, top = (shown.width - across) / 2, (shown.height - down) / 2
    box = (left, top, left + across, top + down)
    cover = shown.resize(small, Image.Resampling.BOX, box=box)
    blurred = cover.filter(ImageFilter.GaussianBlur(fill["sigma"] / reduction))
    dimmed = ImageEnhance.Brightness(blurred).enhance(fill["light"])
    return dimmed.resize((width, height), Image.Resampling.BICUBIC)


def write(picture, output):
    """Writes the file."""
    if output["format"] == "webp":
        picture.save(output["path"], quality=output["quality"], method=output["method"])
        return
    picture.save(output["path"], quality=output["quality"], subsampling="4:2:0", optimize=output["optimise"])


if __name__ == "__main__":
    common.main(make)
