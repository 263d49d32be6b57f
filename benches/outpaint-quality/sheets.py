"""Contact sheets: what each contender made of each cut, side by side, for people to look at."""

import shutil

import numpy
from PIL import Image, ImageDraw, ImageFont

import pictures

# Pixels of a tile's longer side, tiles in a row, and rows on a page.
TILE, COLUMNS, ROWS = 280, 6, 4
LABEL, GAP = 18, 6
MARGIN_GREY = (128, 128, 128)
FONT_SIZE = 12
QUALITY = 88


def write(tasks, rows, folder, engines=None):
    """Writes the pages of some tasks: truth, input, and what each contender made of it.

    With `engines`, truth and their outputs alone, as many tasks in a line as there is room for.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = {(row.file, row.cut, row.engine): row for row in rows}
    tiles = [_tiles(task, found, engines) for task in sorted(tasks, key=lambda task: task.name)]
    if engines:
        together = COLUMNS // (1 + len(engines))
        tiles = [sum(tiles[at : at + together], []) for at in range(0, len(tiles), together)]
    blocks = [[some[at : at + COLUMNS] for at in range(0, len(some), COLUMNS)] for some in tiles]
    for number, lines in enumerate(_pages(blocks), 1):
        _save(lines, folder / f"page-{number:02}.jpg")


def _pages(blocks):
    """The lines of each page, no block torn apart."""
    page = []
    for lines in blocks:
        if page and len(page) + len(lines) > ROWS:
            yield page
            page = []
        page = page + lines
    if page:
        yield page


def _tiles(task, found, engines):
    """Label and picture of each tile of a task."""
    truth = pictures.read(task.truth)
    given = numpy.where(task.cut.missing[..., None], numpy.uint8(MARGIN_GREY), truth)
    tiles = [(f"{task.file} {task.cut.name}", truth)]
    if engines is None:
        tiles.append(("input", given))
    for engine, made in task.made.items():
        if engines is None or engine in engines:
            tiles.append((_label(found[task.file, task.cut.name, engine]), pictures.read(made.path)))
    return tiles


def _label(row):
    chosen = f" = {row.chosen}" if row.chosen != row.engine else ""
    sure = "" if row.confidence is None else f" sure {row.confidence:.2f}"
    return f"{row.engine}{chosen}{sure}  {row.psnr:.1f} dB, texture {row.texture:.1f}"


def _save(lines, path):
    font = ImageFont.load_default(FONT_SIZE)
    shown = [[(label, _small(pixels)) for label, pixels in line] for line in lines]
    heights = [max(tile.height for _, tile in line) + LABEL + GAP for line in shown]
    sheet = Image.new("RGB", (COLUMNS * (TILE + GAP), sum(heights)), "white")
    draw = ImageDraw.Draw(sheet)
    top = 0
    for line, height in zip(shown, heights, strict=True):
        for column, (label, tile) in enumerate(line):
            left = column * (TILE + GAP)
            draw.text((left, top), label, "black", font)
            sheet.paste(tile, (left, top + LABEL))
        top += height
    sheet.save(path, quality=QUALITY)


def _small(pixels):
    picture = Image.fromarray(pixels)
    picture.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
    return picture
