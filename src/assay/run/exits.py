"""Errors to words and exit codes: the one place where this is done."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from enum import IntEnum

import typer

from assay.documents import DocumentError
from assay.evidence import EvidenceError
from assay.hosting.process import ScriptError
from assay.load.errors import LoadError
from assay.systems import ProcessDied, StartFailed, SystemsError
from assay.verdicts import Outcome, Verdict


class ExitCode(IntEnum):
    PROVED = 0
    REFUTED = 1
    BAD_INPUT = 2
    UNDECIDED = 3
    NOT_STARTED = 4
    INTERRUPTED = 130


class UsageError(Exception):
    """An option or argument that cannot be used; the message says what would do."""


def code_of(verdicts: Sequence[Verdict]) -> ExitCode:
    """Of a run: refuted before undecided or invalid before proved; information does not count."""
    outcomes = {verdict.outcome for verdict in verdicts} - {None}
    if Outcome.REFUTED in outcomes:
        return ExitCode.REFUTED
    return ExitCode.PROVED if outcomes <= {Outcome.PROVED} else ExitCode.UNDECIDED


@contextmanager
def guarded() -> Generator[None]:
    """Turn every error that a user can mend into its words and its exit code."""
    try:
        yield
    except (UsageError, DocumentError, EvidenceError, LoadError, ScriptError) as error:
        _end(error, ExitCode.BAD_INPUT)
    except (StartFailed, ProcessDied, SystemsError) as error:
        _end(error, ExitCode.NOT_STARTED)
    except KeyboardInterrupt:
        print("interrupted; everything that was started has been stopped", file=sys.stderr)
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def _end(error: Exception, code: ExitCode) -> None:
    print(f"assay: {error}" if not isinstance(error, DocumentError) else error, file=sys.stderr)
    raise typer.Exit(code) from error
