"""Free ports of this machine."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack

_CLASH = re.compile(
    r"address (is )?already in use|address in use|EADDRINUSE|(errno|os error) 98\b", re.IGNORECASE
)


class Ports:
    """Hands out free TCP ports of 127.0.0.1, none of them twice.

    Nobody holds a port between here and the process that it is meant for, so another program may
    take it meanwhile: see `is_clash`.
    """

    def __init__(self) -> None:
        self._given: set[int] = set()

    def free(self, count: int) -> list[int]:
        """`count` ports that nobody listens on."""
        found: list[int] = []
        with ExitStack() as held:
            while len(found) < count:
                # Held until all are found: the kernel would hand the same one out again.
                probe = held.enter_context(socket.socket())
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
                if port not in self._given:
                    self._given.add(port)
                    found.append(port)
        return found


def is_clash(log_lines: tuple[str, ...]) -> bool:
    """Whether a process that ended says that its port was taken."""
    return any(_CLASH.search(line) for line in log_lines)
