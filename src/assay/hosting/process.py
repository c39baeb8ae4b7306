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
_MOST_BYTES = 1 << 30


class ScriptError(Exception):
    """A script that cannot be run, or that broke; the message holds the end of what it said."""


async def visit(
    order: VisitOrder,
    log: Path,
    check: Callable[[], None] | None = None,
    begun: Callable[[int], None] | None = None,
) -> Visits:
    """Run a block of a journey. `check` is called along the way and ends it by raising.

    `begun` is told when the block proper begins, in ns since 1970, once that is known.
    Raises ScriptError.
    """
    return _VISITS.validate_python(await _answer(asdict(order), order.entry, log, check, begun))


async def audit(order: AuditOrder, log: Path) -> Findings:
    """One look at the stores. Raises ScriptError."""
    return _FINDINGS.validate_python(await _answer(asdict(order), order.entry, log, None))


async def _answer(
    order: dict[str, Any],
    entry: str,
    log: Path,
    check: Callable[[], None] | None,
    begun: Callable[[int], None] | None = None,
) -> Any:
    with log.open("ab") as file:
        begins = file.tell()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "assay.hosting.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
            start_new_session=True,
            limit=_MOST_BYTES,
        )
    said = asyncio.create_task(_said(process, json.dumps(order).encode(), begun))
    try:
        while not (await asyncio.wait([said], timeout=CHECK_S))[0]:
            if check:
                check()
        stdout = said.result()
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


async def _said(
    process: asyncio.subprocess.Process, order: bytes, begun: Callable[[int], None] | None
) -> bytes:
    """The last line of what it answers to its order; one before it tells when a block begins."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):  # it broke before it had read all
        process.stdin.write(order)
        await process.stdin.drain()
        process.stdin.close()
    line = await process.stdout.readline()
    if line.endswith(b"\n"):
        if begun is not None:
            begun(json.loads(line)["begins"])
        line = await process.stdout.read()
    await process.wait()
    return line
