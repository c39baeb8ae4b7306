"""Each property of each library: a table, and for every failure the reason."""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal

from bench.breakers import overhead
from bench.breakers.libraries import ALL as LIBRARIES
from bench.breakers.library import Guarded, NotOffered
from bench.breakers.properties import ALL as PROPERTIES
from bench.breakers.subject import Workshop

CHECK_S = 10.0
Check = Callable[..., Any]


@dataclass(frozen=True)
class Verdict:
    word: Literal["pass", "FAIL", "-"]
    why: str = ""


def main() -> None:
    """Print the table, what each library was used through, the reasons, and the overheads."""
    # aiobreaker asks for `utcnow`, which later Pythons warn of.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    verdicts = {
        (check, library): judged(check, library) for check in PROPERTIES for library in LIBRARIES
    }
    _print_table(verdicts)
    _print_reasons(verdicts)
    overhead.main(LIBRARIES)


def judged(check: Check, library: type[Guarded]) -> Verdict:
    """What raises anything but NotOffered has failed."""
    try:
        with Workshop(library) as make:
            if inspect.iscoroutinefunction(check):
                asyncio.run(asyncio.wait_for(check(make), CHECK_S))
            else:
                check(make)
    except NotOffered as error:
        return Verdict("-", str(error))
    except Exception as error:  # noqa: BLE001
        return Verdict("FAIL", str(error).partition("\n")[0] or type(error).__name__)
    return Verdict("pass")


def _print_table(verdicts: dict[tuple[Check, type[Guarded]], Verdict]) -> None:
    print("\ncircuit breakers, property by property (-: the library does not offer it)")
    print("  " + " " * 62 + "".join(f"{each.package:>15}" for each in LIBRARIES))
    for check in PROPERTIES:
        words = [verdicts[check, library].word for library in LIBRARIES]
        print(f"  {_says(check):<62}" + "".join(f"{word:>15}" for word in words))
    counts = [Counter(verdicts[c, library].word for c in PROPERTIES) for library in LIBRARIES]
    for word, name in (("pass", "passed"), ("FAIL", "failed"), ("-", "not offered")):
        print(f"  {name:<62}" + "".join(f"{count[word]:>15}" for count in counts))
    for library in LIBRARIES:
        print(f"  {library.package} {_version(library)} through {library.through}")


def _print_reasons(verdicts: dict[tuple[Check, type[Guarded]], Verdict]) -> None:
    failed = {pair: verdict for pair, verdict in verdicts.items() if verdict.word == "FAIL"}
    if failed:
        print("\nwhat failed, and what was seen")
    for (check, library), verdict in failed.items():
        print(f"  {library.package:<16}{_says(check)}: {verdict.why}")


def _says(check: Check) -> str:
    return inspect.getdoc(check) or check.__name__


def _version(library: type[Guarded]) -> str:
    return metadata.version(library.package.replace("_", "-"))
