"""Brings packages that hold pictures, and takes out of them what `pictures.csv` lists.

Which files are photographs, and which of those show an object on a backdrop, a person has looked
at; for the latter the list says how many percent of each side show nothing but backdrop.
"""

import csv
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageOps

import pictures
from environment import CUTOUTS, HERE, PHOTOS, PICTURES, STUDIO, WORK

PACKAGES = WORK / "packages"


def fetch():
    """Brings all that is not there yet, and says what could not be had."""
    roots = {row["package"]: _unpacked(row) for row in _rows("packages.csv")}
    found = []
    for row in _rows("pictures.csv"):
        root = roots[row["package"]]
        if root is None:
            continue
        target = PICTURES / row["kind"] / f"{row['name']}.png"
        if not (root / row["path"]).exists():
            print(f"left out: {row['package']} has no {row['path']}")
            continue
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _convert(root / row["path"], target)
        found.append(pictures.told(target, row))
    for folder in (PHOTOS, STUDIO, CUTOUTS):
        if folder.exists():
            pictures.write_known(folder, [picture for picture in found if picture.path.parent == folder])
        print(f"{folder}: {len(pictures.listed(folder)) if folder.exists() else 0}")


def _rows(name):
    with open(HERE / name, newline="") as file:
        return list(csv.DictReader(file))


def _convert(source, target):
    with Image.open(source) as picture:
        mode = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB"
        upright = ImageOps.exif_transpose(picture).convert(mode)
        pictures.reduced(upright).save(target, compress_level=3)


def _unpacked(package):
    """Where the files of a package lie, or nothing if it cannot be had here."""
    bring = {"debian": _bring_debian, "npm": _bring_npm}[package["registry"]]
    folder = PACKAGES / package["package"].replace("/", "-")
    if folder.exists():
        return folder
    print(f"bringing {package['package']}", flush=True)
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PACKAGES) as scratch:
        try:
            bring(package, Path(scratch), folder)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"left out: {package['package']} cannot be had ({error})")
            return None
    return folder


def _bring_debian(package, scratch, folder):
    # Or it warns root that another user cannot write here.
    command = ["apt-get", "-o", "APT::Sandbox::User=root", "download", package["package"]]
    subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    (file,) = scratch.glob("*.deb")
    unpacked = scratch / "unpacked"
    subprocess.run(["dpkg-deb", "--extract", file, unpacked], check=True)
    unpacked.rename(folder)


def _bring_npm(package, scratch, folder):
    name = f"{package['package']}@{package['version']}"
    subprocess.run(["npm", "pack", "--silent", name], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    (file,) = scratch.glob("*.tgz")
    shutil.unpack_archive(file, scratch, filter="data")
    (scratch / "package").rename(folder)
