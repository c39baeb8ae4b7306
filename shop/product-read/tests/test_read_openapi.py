"""Requests that schemathesis makes of the service's own description: none is our mistake."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

pytestmark = pytest.mark.integration

CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", ["/api/products", "/api/products/{id}"])
def test_within_the_schema_and_beside_it(cached, path: str, mode) -> None:
    schema = schemathesis.openapi.from_url(f"{cached.url}/openapi.json")

    @given(case=schema[path]["GET"].as_strategy(generation_mode=mode))
    @settings(
        max_examples=60, derandomize=True, database=None, deadline=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def answers(case: schemathesis.Case) -> None:
        response = case.call()
        case.validate_response(response, checks=CHECKS)
        if response.status_code == 400:
            assert all(each["field"] for each in response.json()["errors"])

    answers()
