"""A stack file, read and checked."""

from __future__ import annotations

from pathlib import Path

from assay.documents import Document, DocumentError, read_document
from assay.systems.check import stack_misfits
from assay.systems.model import Stack


def read_stack(path: Path) -> Document[Stack]:
    """Read a stack file. Raises DocumentError, with line and column of everything that is wrong."""
    document = read_document(path, Stack)
    problems = [
        document.problem(*misfit.place, message=misfit.message, hint=misfit.hint)
        for misfit in stack_misfits(document.value)
    ]
    if problems:
        raise DocumentError(problems)
    return document
