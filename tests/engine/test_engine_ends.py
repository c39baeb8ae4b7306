"""Every way in which a request can end is counted as what it is, and every block ends."""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import replace

import pytest

from assay import _engine
from assay.load.spec import Expect, HttpCall, Request

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("path", "outcome", "words"),
    [
        ("/broken", "http_5xx", "status 503: ok"),
        ("/half", "connection", "unexpected end of file"),
        ("/gibberish", "protocol", "not an answer in HTTP/1.1: invalid HTTP version"),
        ("/boundless", "protocol", "a content-length that no answer can have"),
        ("/chunked", "ok", ""),
    ],
)
def test_each_end_has_its_name(server, block, run, counts, path, outcome, words) -> None:
    result = run(block(server.server_port, path))
    assert counts(result) == {outcome: result.scheduled}
    assert result.scheduled == result.sent == 80
    if words:
        assert result.first_errors[0] == (outcome, words)


def test_a_closed_connection_is_opened_again(server, block, run, counts) -> None:
    result = run(block(server.server_port, "/closing"))
    assert counts(result) == {"ok": 80}
    assert server.opened >= 80


@pytest.mark.parametrize("path", ["/hanging", "/endless"])
def test_a_time_out_is_as_long_as_was_allowed(server, block, run, counts, path) -> None:
    result = run(block(server.server_port, path, timeout_s=0.3, duration_s=0.1))
    assert counts(result) == {"timeout": 20}
    [times] = [h for _, _, clock, h in result.recorded if clock == "latency"]
    assert times.quantile(0.01) >= 300_000
    assert times.max < 1_500_000


def test_an_answer_without_the_expected_words_is_wrong(server, block, run, counts) -> None:
    request = Request("/", HttpCall("GET", "/"), expect=Expect((), "sorry"))
    result = run(block(server.server_port, requests=(request,)))
    assert counts(result) == {"wrong_answer": 80}
    assert result.first_errors[0] == ("wrong_answer", "the answer does not contain `sorry`: ok")


def test_an_expected_status_is_no_error(server, block, run, counts) -> None:
    request = Request("/broken", HttpCall("GET", "/broken"), expect=Expect((503,)))
    assert counts(run(block(server.server_port, requests=(request,)))) == {"ok": 80}


def test_a_server_that_goes_away_ends_no_block(server, block, run, counts) -> None:
    gone = threading.Thread(target=server.go_away_after, args=(20,))
    gone.start()
    result = run(block(server.server_port, "/closing", timeout_s=1.0))
    gone.join()
    ended = counts(result)
    assert ended["ok"] > 0
    assert ended["connection"] > 0
    assert sum(ended.values()) == result.scheduled == 80


def test_a_stall_is_charged_to_every_request_that_it_held_up(server, block, run) -> None:
    """One connection, and one answer out of 160 that takes 300 ms: those behind it wait."""
    spec = block(server.server_port, "/stalling", duration_s=0.8)
    result = run(replace(spec, target=replace(spec.target, connections=1)))
    assert result.scheduled == result.sent == 160
    times = {clock: h for _, _, clock, h in result.recorded}
    # Due every 5 ms: those of the stall were 300, 295, … 0 ms late, 40 of them over 100 ms.
    assert times["latency"].share_within(100_000) < 0.8
    assert times["service"].share_within(100_000) > 0.97
    assert times["service"].max >= 300_000


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("poll", ["sleep", "spin"])
def test_a_cancel_takes_no_time(server, block, after_s: float, poll: str) -> None:
    took_s = []
    for _ in range(3):
        spec = block(server.server_port, "/hanging", duration_s=60.0, poll=poll)
        running = _engine.start(spec.as_json(), {})
        assert running.wait(after_s) is None
        asked_s = time.monotonic()
        running.cancel()
        result = running.wait()
        took_s.append(time.monotonic() - asked_s)
        assert result is not None
        assert result.cancelled
    assert statistics.median(took_s) < 0.1
