"""How a run is told: on the terminal, as a page, and to other tools."""

from assay.reports.html import html
from assay.reports.json_report import as_json, json_text
from assay.reports.junit import junit_xml
from assay.reports.live import LiveProgress
from assay.reports.markdown import markdown
from assay.reports.terminal import (
    print_load,
    print_matrices,
    print_table,
    table_text,
)
from assay.reports.verdict_data import verdict_documents, verdicts_from
from assay.reports.writing import write_reports

__all__ = [
    "LiveProgress",
    "as_json",
    "html",
    "json_text",
    "junit_xml",
    "markdown",
    "print_load",
    "print_matrices",
    "print_table",
    "table_text",
    "verdict_documents",
    "verdicts_from",
    "write_reports",
]
