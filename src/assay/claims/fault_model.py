"""How a system is broken on purpose, and what is to tell of it: their shape in a claims file."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from assay.claims.parts import Part, Text
from assay.claims.units import Duration


class Alarm(Part):
    """What tells that something is wrong: a gauge above a limit, such as an open breaker's."""

    of: Text = Field(examples=["payments"])
    """The service that has it, at an http(s) address."""
    gauge: Text = Field(examples=["breaker_state"])
    where: dict[str, Text] = Field(default_factory=dict)
    """Labels that the samples must have; those that have them are added up."""
    above: float = 0.0
    path: Text = "/metrics"


class Moment(Part):
    """When something happens next: a counter of a service rises."""

    of: Text = Field(examples=["payments"])
    """The service that has it, at an http(s) address."""
    counter: Text = Field(examples=["payments_total"])
    where: dict[str, Text] = Field(default_factory=dict, examples=[{"state": "captured"}])
    """Labels that the samples must have; those that have them are added up."""
    path: Text = "/metrics"


FaultKind = Literal[
    "kill", "freeze", "fill", "run", "slow", "blackhole", "lose_replies", "reset", "refuse", "fail"
]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


def _link(value: object) -> object:
    client, arrow, server = (part.strip() for part in str(value).partition("->"))
    if not (isinstance(value, str) and client and arrow and server):
        raise PydanticCustomError("link", "must be a link such as `client -> server`")
    return f"{client} -> {server}"


Link = Annotated[str, BeforeValidator(_link)]
"""Two processes of the stack: who asks, and who answers."""


def _command(value: object) -> object:
    process, _, command = (str(value) if isinstance(value, str) else "").partition(".")
    if not (process and command):
        raise PydanticCustomError(
            "command", "must be a command of a process, such as `cache.flush`"
        )
    return value


def _some(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Some = Annotated[
    Annotated[tuple[Text, ...], Field(min_length=1)],
    BeforeValidator(_some),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""One or several processes."""

Command = Annotated[str, BeforeValidator(_command)]
"""`process.command` of the stack."""


class Fault(Part):
    """Something broken on purpose while a block runs, and healed before it ends."""

    kill: Some | None = Field(None, examples=["broker"])
    """A process of the stack, or a list of some: killed (SIGKILL), and started again on what they
    left behind, in this order."""
    freeze: Text | None = Field(None, examples=["payments"])
    """In place of it: stopped where it stands (SIGSTOP), and let go on."""
    fill: Text | None = Field(None, examples=["store"])
    """A process with a disk of its own (`disk` in the stack): not a byte is left of it."""
    run: Command | None = Field(None, examples=["cache.flush"])
    """A command of a process, as the stack has it: run, and undone where the stack says how."""
    slow: Link | None = Field(None, examples=["payments -> card-network"])
    """A link, `client -> server`: each answer takes `delay` longer."""
    blackhole: Link | None = None
    """A link: nothing arrives on either side until it is healed."""
    lose_replies: Link | None = None
    """A link: the server is told everything, and what it answers is lost."""
    reset: Link | None = None
    """A link: its connections are reset, those that come as well."""
    refuse: Link | None = None
    """A link: its connections are reset, and none can be made."""
    fail: Link | None = None
    """A link: calls of HTTP or gRPC are answered 503, or UNAVAILABLE; the server is never told."""
    calls: Text | None = Field(None, examples=["POST /orders/{id}/payment"])
    """Of a link that is slow, that loses replies or that fails: these calls alone. A method and a
    path, a path, or a method of gRPC, `package.Service/Method`; `{…}` is any one segment."""
    next: Annotated[int, Field(ge=1)] | None = None
    """Of those calls so many, and no more; all, where it is left out."""
    any_of: tuple[Text, ...] | None = Field(None, examples=[["broker-killed", "link-slow"]])
    """In place of all that: other faults, one drawn by lot every `every` until the block ends."""
    every_s: Duration = Field(5.0, alias="every")
    """From the beginning of one to that of the next, or until it is healed where that is later."""
    delay_s: Duration | None = Field(None, alias="delay")
    """Of a slow link."""
    jitter_s: Duration = Field(0.0, alias="jitter")
    """Of a slow link: each delay lies within this of it."""
    bytes_per_s: Annotated[int, Field(ge=1)] | None = None
    """Of a slow link: what passes of answers at most."""
    after_s: Duration = Field(3.0, alias="after")
    """From the beginning of the block."""
    at: Text | None = Field(None, examples=["payment-captured"])
    """One of the moments: it begins when that has come, after `after`."""
    for_s: Duration = Field(3.0, alias="for")
    """Until it is healed."""
    alarm: Text | None = Field(None, examples=["payments-breaker"])
    """What is to tell of it: then it is known when it was detected."""
    in_flight: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Visits that must be under way when it begins; with fewer, it proves nothing."""

    @property
    def kinds(self) -> tuple[FaultKind, ...]:
        """All that are given; one, in a file without mistakes."""
        return tuple(kind for kind in FAULT_KINDS if getattr(self, kind) is not None)

    @property
    def kind(self) -> FaultKind:
        return self.kinds[0]

    @property
    def process(self) -> str:
        """What is frozen, filled or done something to, the first that is killed; the client of a
        link."""
        if self.kill is not None:
            return self.kill[0]
        end = "." if self.kind == "run" else " -> "
        return str(getattr(self, self.kind)).partition(end)[0]

    @property
    def processes(self) -> tuple[str, ...]:
        """All of them, but for the server of a link."""
        return self.kill or (self.process,)

    @property
    def picks(self) -> bool:
        """Whether it is of calls, told apart from all else that passes a link."""
        return self.fail is not None or self.calls is not None or self.next is not None

    @property
    def method(self) -> str | None:
        """Of the calls; None: any."""
        method, blank, _ = (self.calls or "").partition(" ")
        return method if blank else None

    @property
    def called(self) -> str | None:
        """The path of the calls; None: any."""
        if self.calls is None:
            return None
        path = self.calls.rpartition(" ")[2]
        return path if path.startswith("/") else f"/{path}"

    @property
    def command(self) -> str:
        """Of what is run: its name, of those of the process."""
        return str(self.run).partition(".")[2]

    @property
    def server(self) -> str | None:
        """Of a link."""
        if self.kind in ("kill", "run"):
            return None
        return str(getattr(self, self.kind)).partition(" -> ")[2] or None
