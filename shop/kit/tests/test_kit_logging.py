from __future__ import annotations

import json
import subprocess
import sys

LOGS = """
import logging, structlog
from opentelemetry.sdk.trace import TracerProvider
from shop_kit.logging import configure
configure("teapot")
structlog.get_logger().info("poured", cups=2)
logging.getLogger("somebody.else").warning("hot: %s", "very")
with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
    structlog.get_logger().info("traced")
    print(format(span.get_span_context().trace_id, "032x"))
try:
    secret = "of the tea"
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("spilt")
"""


def test_a_line_is_json_and_leads_to_its_trace() -> None:
    out = subprocess.run(
        [sys.executable, "-c", LOGS], capture_output=True, text=True, check=True, timeout=20
    ).stdout.splitlines()
    poured, hot, traced, trace_id, spilt = (
        line if line.isalnum() else json.loads(line) for line in out
    )
    assert (poured["event"], poured["cups"], poured["service"]) == ("poured", 2, "teapot")
    assert (hot["event"], hot["level"], hot["service"]) == ("hot: very", "warning", "teapot")
    assert (traced["event"], traced["trace_id"]) == ("traced", trace_id)
    assert "trace_id" not in poured
    assert spilt["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert "of the tea" not in json.dumps(spilt)
