"""For tests: requests made of a service's own OpenAPI document, within it and beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.status_code_conformance,
]


def statuses(
    url: str,
    path: str,
    method: str,
    token: str = "",
    there: Sequence[Mapping[str, str]] = (),
    examples: int = 15,
) -> set[int]:
    """Of the answers to `examples` requests within what `url` documents, and as many beside it.

    Bodies, paths and headers are as schemathesis makes them; and again with the parameters of each
    path that is `there`. AssertionError where an answer is a mistake of the service's, or is not
    documented.
    """
    schema: Any = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operation = schema[path][method]
    headers = {"Authorization": f"Bearer {token}"} if token else None
    found: set[int] = set()

    for mode in schemathesis.GenerationMode:  # within, and beside

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=examples, derandomize=True, database=None, deadline=None,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def answers(case: Any) -> None:
            for parameters in (case.path_parameters, *there):
                case.path_parameters = dict(parameters)
                response = case.call(headers=headers)
                found.add(response.status_code)
                case.validate_response(response, checks=CHECKS)

        answers()
    return found
