"""A small file system of a process's own, in memory, which can be filled: only root can mount one.

It lies over the process's folder. That it is there is in the register before it is, so that whoever
cleans up after a run takes it away.
"""

from __future__ import annotations

import ctypes
import errno
import os
from contextlib import suppress
from pathlib import Path

from assay.systems.errors import CommandFailed

_MS_NOSUID, _MS_NODEV = 2, 4
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8
_BALLAST = ".ballast"
_PIECE_BYTES = 1 << 24
_LEAST_BYTES = 4096
"""What a file of any length takes."""


class NotMounted(Exception):
    """There is no file system of its own; the message says why."""


def mount(folder: Path, size_bytes: int) -> None:
    """Over an empty folder. Raises NotMounted."""
    options = f"size={size_bytes},mode=755".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    flags = _MS_NOSUID | _MS_NODEV
    if libc.mount(b"tmpfs", bytes(folder), b"tmpfs", ctypes.c_ulong(flags), options) != 0:
        raise NotMounted(os.strerror(ctypes.get_errno()))


def unmount(folder: Path) -> None:
    """Whatever still uses it; nothing where nothing is mounted. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    while os.path.ismount(folder):
        if libc.umount2(bytes(folder), _MNT_DETACH | _UMOUNT_NOFOLLOW) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))


def fill(folder: Path) -> str:
    """Until it takes not a byte more; gives what shows that. Raises CommandFailed."""
    if not os.path.ismount(folder):
        raise CommandFailed(f"{folder} is no file system of its own")
    ballast, piece = 0, _PIECE_BYTES
    with (folder / _BALLAST).open("wb", buffering=0) as file:
        while piece >= _LEAST_BYTES:
            try:
                os.posix_fallocate(file.fileno(), ballast, piece)
                ballast += piece
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise CommandFailed(f"{folder} cannot be filled: {error.strerror}") from error
                piece //= 2
    left = os.statvfs(folder).f_bavail
    if left:
        raise CommandFailed(f"{folder} has room for {left} blocks still")
    return f"{ballast / 1e6:,.1f} MB of ballast, and it was full"


def relieve(folder: Path) -> None:
    """Of its ballast, if it has any."""
    with suppress(FileNotFoundError):
        (folder / _BALLAST).unlink()
