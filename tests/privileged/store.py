"""A store that takes what was written only when the file is closed, for tests/privileged/run.

    store.py ROOT MOUNT MODE      needs fusepy, libfuse 2 and root

MODE says how it fails, for every file with `lost` in its name:
    quota    closing says that the quota is exceeded, and the file is empty
    error    closing says that the bytes did not arrive, and half of them are there
or for every file:
    open     a file that is open can be neither renamed nor removed
    fold     names are compared without case and in one form of Unicode, and kept as first written
"""

import errno
import os
import sys
import unicodedata

from fuse import FUSE, FuseOSError, Operations

ROOT, MOUNT, MODE = sys.argv[1:4]


class Store(Operations):
    def __init__(self):
        self.open_files, self.written = {}, set()

    def place(self, path):
        if MODE != "fold":
            return ROOT + path
        folded = lambda name: unicodedata.normalize("NFC", name).casefold()
        place = ROOT
        for name in filter(None, path.split("/")):
            there = os.listdir(place) if os.path.isdir(place) else []
            place += "/" + next((other for other in there if folded(other) == folded(name)), name)
        return place

    def getattr(self, path, fh=None):
        try:
            found = os.lstat(self.place(path))
        except OSError as error:
            raise FuseOSError(error.errno)
        keys = "st_atime st_ctime st_gid st_mode st_mtime st_nlink st_size st_uid".split()
        return {key: getattr(found, key) for key in keys}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.place(path))]

    def mkdir(self, path, mode):
        os.mkdir(self.place(path), mode)

    def refuse_open(self, path):
        if MODE == "open" and path in self.open_files.values():
            raise FuseOSError(errno.EOPNOTSUPP)

    def unlink(self, path):
        self.refuse_open(path)
        os.unlink(self.place(path))

    def rename(self, old, new):
        self.refuse_open(old)
        os.rename(self.place(old), self.place(new))
        self.open_files = {fh: new if path == old else path for fh, path in self.open_files.items()}

    def open(self, path, flags):
        fh = os.open(self.place(path), flags & ~os.O_NOFOLLOW)
        self.open_files[fh] = path
        return fh

    def create(self, path, mode, fi=None):
        fh = os.open(self.place(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        self.open_files[fh] = path
        return fh

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        self.written.add(fh)
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self.place(path), length)

    def flush(self, path, fh):
        if MODE in ("quota", "error") and "lost" in self.open_files.get(fh, "") and fh in self.written:
            self.written.discard(fh)
            os.ftruncate(fh, 0 if MODE == "quota" else os.fstat(fh).st_size // 2)
            raise FuseOSError(errno.EDQUOT if MODE == "quota" else errno.EIO)
        return 0

    def fsync(self, path, datasync, fh):
        return 0

    def release(self, path, fh):
        self.open_files.pop(fh, None)
        self.written.discard(fh)
        os.close(fh)

    def chmod(self, path, mode):
        os.chmod(self.place(path), mode)

    def utimens(self, path, times=None):
        os.utime(self.place(path), times)


FUSE(Store(), MOUNT, foreground=True, nothreads=True, attr_timeout=0, entry_timeout=0, negative_timeout=0, allow_other=True)
