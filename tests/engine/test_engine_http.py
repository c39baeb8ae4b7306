"""The engine against a real HTTP server: what it counts, and how it ends."""

from __future__ import annotations

import pytest

from assay import _engine
from assay.load.spec import ClosedLoop, OpenLoop

pytestmark = pytest.mark.integration


def test_every_scheduled_request_is_sent_and_recorded(server, block, run) -> None:
    spec = block(server.server_port, arrivals=OpenLoop(200.0), duration_s=0.5, lead_in_s=0.1)
    result = run(spec)
    assert result.scheduled == result.sent == result.completed > 50
    counted = {(o, c): h.count for _, o, c, h in result.recorded}
    assert counted == {("ok", "latency"): result.sent, ("ok", "service"): result.sent}
    assert len(server.asked) > result.sent, "the lead-in is sent, but not recorded"
    assert run(spec).scheduled == result.scheduled


def test_a_wrong_status_is_told_by_its_class(server, block, run, counts) -> None:
    result = run(block(server.server_port, "/missing"))
    assert counts(result) == {"http_4xx": 80}
    assert result.first_errors[0] == ("http_4xx", "status 404: ok")


def test_users_wait_for_their_answers(server, block, run) -> None:
    result = run(block(server.server_port, arrivals=ClosedLoop(3)))
    assert result.max_in_flight == 3
    assert result.completed == result.sent == len(server.asked) > 3


def test_nobody_at_the_address_is_an_error(block, run) -> None:
    with pytest.raises(_engine.EngineError, match="no connection"):
        run(block(1))
