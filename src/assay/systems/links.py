"""Links between two processes that are to be troubled: a proxy for each port that one has of the
other.

A client is told the proxy's port in place of the server's. The proxies live in assay's own process:
whatever becomes of it, no trouble outlives it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from assay import _engine

LinkTrouble = Literal["slow", "blackhole", "lose_replies", "reset", "refuse"]


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a link; the last three are of `slow` alone."""

    kind: LinkTrouble
    delay_us: int = 0
    """Added to each answer."""
    jitter_us: int = 0
    bytes_per_s: int = 0
    """0: as many as there are."""


_SHOWN: Mapping[LinkTrouble, tuple[str, str]] = {
    "slow": ("slowed", "pieces of answers came late"),
    "blackhole": ("held", "pieces were held back"),
    "lose_replies": ("lost", "pieces of answers were lost"),
    "reset": ("cut", "connections were reset"),
    "refuse": ("cut", "connections were reset, and none let in"),
}
"""Which count shows that it bit, and in words."""


@dataclass
class Links:
    """Of one system. A link is known by the client's key in the plan and the server's name."""

    wanted: Collection[tuple[str, str]] = ()
    """(client, server), names of processes; others talk to each other directly."""
    _open: dict[tuple[str, str], dict[str, _engine.Link]] = field(
        default_factory=dict[tuple[str, str], dict[str, _engine.Link]]
    )
    _troubled: dict[tuple[str, str], tuple[LinkTrouble, int]] = field(
        default_factory=dict[tuple[str, str], tuple[LinkTrouble, int]]
    )
    """What is wrong now, and what its count was before."""

    def between(
        self, client: str, client_key: str, server: str, own: Mapping[str, str]
    ) -> dict[str, str]:
        """The server's words as the client is to see them: its ports may be those of proxies."""
        if (client, server) not in self.wanted:
            return dict(own)
        self._close(client_key, server)
        links = {
            word: _engine.Link(int(value))
            for word, value in own.items()
            if word.split(".")[0] == "port"
        }
        self._open[client_key, server] = links
        return {**own, **{word: str(link.port) for word, link in links.items()}}

    def trouble(self, client_key: str, server: str, trouble: Trouble) -> None:
        """Raises KeyError where there is no such link."""
        link = client_key, server
        self._troubled[link] = trouble.kind, self._count(link, trouble.kind)
        for port in self._open[link].values():
            port.trouble(trouble.kind, trouble.delay_us, trouble.jitter_us, trouble.bytes_per_s)

    def heal(self, client_key: str, server: str) -> str:
        """What shows that the trouble bit; empty where nothing does, or nothing was wrong."""
        link = client_key, server
        if link not in self._troubled:
            return ""
        kind, before = self._troubled.pop(link)
        for port in self._open[link].values():
            port.heal()
        found = self._count(link, kind) - before
        return f"{found:,} {_SHOWN[kind][1]}" if found else ""

    def _count(self, link: tuple[str, str], kind: LinkTrouble) -> int:
        return sum(port.counts()[_SHOWN[kind][0]] for port in self._open[link].values())

    def close(self, client_key: str) -> None:
        """All links of a client."""
        for key, server in [each for each in self._open if each[0] == client_key]:
            self._close(key, server)

    def _close(self, client_key: str, server: str) -> None:
        self._troubled.pop((client_key, server), None)
        for link in self._open.pop((client_key, server), {}).values():
            link.close()
