"""`package.module:name` in a folder: looked up, and what is wrong with it said."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

_ENTRY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


class BadEntry(Exception):
    """There is no such script, or it is none; the message says why."""


def is_entry(text: str) -> bool:
    return _ENTRY.fullmatch(text) is not None


def resolved(folder: str, entry: str) -> Any:
    """What the entry names; modules are looked for in `folder` first. Raises BadEntry.

    An error that the module itself raises while it is imported goes through.
    """
    module_name, _, name = entry.partition(":")
    sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise
        raise BadEntry(f"there is no module {module_name} in {folder}") from error
    if not hasattr(module, name):
        raise BadEntry(f"{module_name} has no `{name}`")
    return getattr(module, name)
