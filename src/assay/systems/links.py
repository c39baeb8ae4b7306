"""Links between two processes that are to be troubled: a proxy for each port that one has of the
other, and behind it one that tells calls apart, where some of them are to be troubled.

A client is told the proxy's port in place of the server's. The proxies live in assay's own process:
whatever becomes of it, no trouble outlives it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from assay import _engine

LinkTrouble = Literal["slow", "blackhole", "lose_replies", "reset", "refuse", "fail"]


class Wire(NamedTuple):
    """A link that is wanted: names of processes."""

    client: str
    server: str
    calls: bool = False
    """Whether some of its calls are to be told apart."""


@dataclass(frozen=True)
class Picked:
    """Some of the calls of HTTP or gRPC on a link."""

    method: str | None = None
    """None: any."""
    path: str | None = None
    """In which `{…}` stands for any one segment. None: any."""
    next: int | None = None
    """So many, and then no more. None: all."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a link. `fail` is of calls alone."""

    kind: LinkTrouble
    delay_us: int = 0
    """Of `slow`: added to each answer; so are the two below."""
    jitter_us: int = 0
    bytes_per_s: int = 0
    """0: as many as there are."""
    picked: Picked | None = None
    """None: all that passes. Else `slow`, `lose_replies` and `fail` are of these calls."""


_SHOWN: Mapping[LinkTrouble, tuple[str, str]] = {
    "slow": ("slowed", "pieces of answers came late"),
    "blackhole": ("held", "pieces were held back"),
    "lose_replies": ("lost", "pieces of answers were lost"),
    "reset": ("cut", "connections were reset"),
    "refuse": ("cut", "connections were reset, and none let in"),
}
"""Which count shows that it bit, and in words."""
_SHOWN_OF_CALLS: Mapping[LinkTrouble, tuple[str, str]] = {
    "slow": ("slowed", "calls were answered late"),
    "lose_replies": ("lost", "calls were answered in vain"),
    "fail": ("failed", "calls were failed"),
}


@dataclass
class _Port:
    """What stands before one port of a server."""

    link: _engine.Link
    calls: _engine.Calls | None

    @classmethod
    def before(cls, port: int, calls: bool) -> _Port:
        behind = _engine.Calls(port) if calls else None
        return cls(_engine.Link(behind.port if behind else port), behind)

    def trouble(self, trouble: Trouble) -> None:
        picked = trouble.picked
        if picked is None:
            assert trouble.kind != "fail"
            self.link.trouble(
                *(trouble.kind, trouble.delay_us, trouble.jitter_us, trouble.bytes_per_s)
            )
            return
        assert trouble.kind in ("slow", "lose_replies", "fail")
        assert self.calls is not None, "they were said to be told apart"
        self.calls.trouble(
            *(trouble.kind, picked.method, picked.path, picked.next),
            *(trouble.delay_us, trouble.jitter_us),
        )

    def heal(self) -> None:
        self.link.heal()
        if self.calls is not None:
            self.calls.heal()

    def count(self, trouble: Trouble) -> int:
        if trouble.picked is None:
            return self.link.counts()[_SHOWN[trouble.kind][0]]
        return self.calls.counts()[_SHOWN_OF_CALLS[trouble.kind][0]] if self.calls else 0

    def close(self) -> None:
        self.link.close()
        if self.calls is not None:
            self.calls.close()


@dataclass
class Links:
    """Of one system. A link is known by the client's key in the plan and the server's name."""

    wanted: Collection[Wire] = ()
    """Others talk to each other directly."""
    _open: dict[tuple[str, str], dict[str, _Port]] = field(
        default_factory=dict[tuple[str, str], dict[str, _Port]]
    )
    _troubled: dict[tuple[str, str], tuple[Trouble, int]] = field(
        default_factory=dict[tuple[str, str], tuple[Trouble, int]]
    )
    """What is wrong now, and what its count was before."""

    def between(
        self, client: str, client_key: str, server: str, own: Mapping[str, str]
    ) -> dict[str, str]:
        """The server's words as the client is to see them: its ports may be those of proxies."""
        wires = [wire for wire in self.wanted if (wire.client, wire.server) == (client, server)]
        if not wires:
            return dict(own)
        self._close(client_key, server)
        calls = any(wire.calls for wire in wires)
        ports = {
            word: _Port.before(int(value), calls)
            for word, value in own.items()
            if word.split(".")[0] == "port"
        }
        self._open[client_key, server] = ports
        return {**own, **{word: str(port.link.port) for word, port in ports.items()}}

    def trouble(self, client_key: str, server: str, trouble: Trouble) -> None:
        """Raises KeyError where there is no such link."""
        link = client_key, server
        self._troubled[link] = trouble, self._count(link, trouble)
        for port in self._open[link].values():
            port.trouble(trouble)

    def heal(self, client_key: str, server: str) -> str:
        """What shows that the trouble bit; empty where nothing does, or nothing was wrong."""
        link = client_key, server
        if link not in self._troubled:
            return ""
        trouble, before = self._troubled.pop(link)
        for port in self._open[link].values():
            port.heal()
        found = self._count(link, trouble) - before
        shown = _SHOWN if trouble.picked is None else _SHOWN_OF_CALLS
        return f"{found:,} {shown[trouble.kind][1]}" if found else ""

    def _count(self, link: tuple[str, str], trouble: Trouble) -> int:
        return sum(port.count(trouble) for port in self._open[link].values())

    def close(self, client_key: str) -> None:
        """All links of a client."""
        for key, server in [each for each in self._open if each[0] == client_key]:
            self._close(key, server)

    def _close(self, client_key: str, server: str) -> None:
        self._troubled.pop((client_key, server), None)
        for port in self._open.pop((client_key, server), {}).values():
            port.close()
