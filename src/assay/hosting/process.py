"""Assay's side of a script's process: give it its order, wait for its answer, leave none behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from assay.hosting.orders import AuditOrder, VisitOrder, Visits
from assay.scripts.audit import Findings

CHECK_S = 0.5
_VISITS = TypeAdapter(Visits)
_FINDINGS = TypeAdapter(Findings)
_TAIL_LINES = 12


class ScriptError(Exception):
    """A script that cannot be run, or that broke; the message holds the end of what it said."""


async def visit(order: VisitOrder, log: Path, check: Callable[[], None] | None = None) -> Visits:
    """Run a block of a journey. `check` is called along the way and ends it by raising.

    Raises ScriptError.
    """
    return _VISITS.validate_python(await _answer(asdict(order), order.entry, log, check))


async def audit(order: AuditOrder, log: Path) -> Findings:
    """One look at the stores. Raises ScriptError."""
    return _FINDINGS.validate_python(await _answer(asdict(order), order.entry, log, None))


async def _answer(
    order: dict[str, Any], entry: str, log: Path, check: Callable[[], None] | None
) -> Any:
    with log.open("ab") as file:
        begins = file.tell()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "assay.hosting.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
            start_new_session=True,
        )
    said = asyncio.create_task(process.communicate(json.dumps(order).encode()))
    try:
        while not (await asyncio.wait([said], timeout=CHECK_S))[0]:
            if check:
                check()
        stdout, _ = said.result()
    finally:
        said.cancel()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()
        await asyncio.gather(said, return_exceptions=True)
    if process.returncode != 0 or not stdout:
        with log.open("rb") as file:
            file.seek(begins)
            told = file.read().decode(errors="replace").strip().splitlines()[-_TAIL_LINES:]
        raise ScriptError("\n  ".join([f"the script {entry} broke:", *told]))
    answer = json.loads(stdout)
    if "refused" in answer:
        raise ScriptError(f"the script {entry} cannot be run: {answer['refused']}")
    return answer["done"]
