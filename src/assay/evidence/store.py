"""The run folder while the run goes on: everything is written as it happens, and flushed.

A block's buckets and slices are written before its line in `blocks.jsonl`; the line is what makes
the block count. So a run that is killed at any moment leaves whole blocks and nothing misleading.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.evidence import layout
from assay.evidence.block import Block
from assay.evidence.errors import EvidenceError
from assay.evidence.lines import block_line, histogram_rows, slice_rows
from assay.evidence.reading import read_record
from assay.evidence.record import RunRecord


@dataclass(frozen=True)
class RunFolder:
    """A run folder that is being written. `Run.open` reads it back."""

    path: Path

    @staticmethod
    def create(root: Path) -> RunFolder:
        """A new folder below `root`, named after the moment and a little chance.

        Raises EvidenceError where it cannot be made.
        """
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        try:
            root.mkdir(parents=True, exist_ok=True)
            while True:
                path = root / f"{moment}-{secrets.token_hex(2)}"
                try:
                    path.mkdir()
                    break
                except FileExistsError:
                    continue  # another run of this second drew the same four digits
            (path / layout.LOGS).mkdir()
            (path / layout.HISTORIES).mkdir()
            folder = RunFolder(path)
            folder._append(layout.HISTOGRAMS, _csv([layout.HISTOGRAM_COLUMNS]))
            folder._append(layout.SLICES, _csv([layout.SLICE_COLUMNS]))
            folder._append(layout.BLOCKS, "")
            folder._append(layout.EVENTS, "")
        except OSError as error:
            raise EvidenceError(
                f"{root}: no run folder can be made here: {error.strerror}; "
                "a folder that you may write to would do (--out)"
            ) from error
        return folder

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def logs(self) -> Path:
        """Folder for the log files of the processes."""
        return self.path / layout.LOGS

    def history(self, name: str) -> Path:
        """File for the operations of a block of a journey."""
        return self.path.resolve() / layout.HISTORIES / f"{name}.csv"

    def write_record(self, record: RunRecord) -> None:
        """What the run is; before anything is measured."""
        self._replace(layout.RUN, {"format": layout.FORMAT} | asdict(record))

    def append(self, block: Block) -> None:
        """A block that has ended."""
        self._append(layout.HISTOGRAMS, _csv(histogram_rows(block)))
        self._append(layout.SLICES, _csv(slice_rows(block)))
        self._append(layout.BLOCKS, _line(block_line(block)))

    def event(self, kind: str, **fields: object) -> None:
        """Something that happened beside the blocks; stamped with the time now."""
        self._append(layout.EVENTS, _line({"utc": utc_now(), "kind": kind, "fields": fields}))

    def finish(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """The run has ended: its verdicts as plain JSON objects, and when it was."""
        self._replace(layout.VERDICTS, [dict(verdict) for verdict in verdicts])
        self.write_record(replace(read_record(self.path), finished_utc=utc_now()))

    def _append(self, name: str, text: str) -> None:
        # Opened each time: what was written stands in the file, whatever happens to us next.
        with (self.path / name).open("a", encoding="utf-8", newline="") as file:
            file.write(text)

    def _replace(self, name: str, document: object) -> None:
        """Write a whole file so that readers see the old one or the new one, never a half."""
        draft = self.path / f".{name}.draft"
        draft.write_text(
            json.dumps(document, indent=2, allow_nan=False, default=str) + "\n",
            encoding="utf-8",
        )
        draft.replace(self.path / name)


def utc_now() -> str:
    """A stamp, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    # Words in quotes, always: a request may be named with commas or line ends.
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue()


def _line(document: Mapping[str, Any]) -> str:
    return json.dumps(document, allow_nan=False, default=str) + "\n"
