"""What is promised: the claims file, its formulas, and its mistakes with line and column."""

from assay.claims.checks import feeds_of
from assay.claims.fault_model import Fault, Moment
from assay.claims.model import (
    Audit,
    Capacity,
    ClaimsFile,
    Endpoint,
    Expect,
    Feed,
    Metric,
    Request,
    Saturation,
    Workload,
)
from assay.claims.reading import ClaimsDocument, Row, read_claims, recall_claims
from assay.claims.schema import json_schema
from assay.claims.shapes import ALL_COUNTS, Limit, Measure, Ratio, Shape, Single, Zero
from assay.claims.template import template
from assay.claims.units import parse_duration_s

__all__ = [
    "ALL_COUNTS",
    "Audit",
    "Capacity",
    "ClaimsDocument",
    "ClaimsFile",
    "Endpoint",
    "Expect",
    "Fault",
    "Feed",
    "Limit",
    "Measure",
    "Metric",
    "Moment",
    "Ratio",
    "Request",
    "Row",
    "Saturation",
    "Shape",
    "Single",
    "Workload",
    "Zero",
    "feeds_of",
    "json_schema",
    "parse_duration_s",
    "read_claims",
    "recall_claims",
    "template",
]
