"""The JSON Schema of claims files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from assay.claims.model import ClaimsFile


def json_schema() -> dict[str, Any]:
    """`docs/claims.schema.json` is this, written out."""
    schema = ClaimsFile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Assay claims file",
    }
