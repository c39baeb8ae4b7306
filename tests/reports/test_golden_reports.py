"""Each report against its golden file; `ASSAY_RENEW_GOLDEN=1 pytest tests/reports` renews them."""

from collections.abc import Callable, Sequence

import pytest

from assay import reports
from assay.evidence import Run
from assay.reports.matrix_table import matrix_tables
from assay.reports.terminal import matrix_lines
from assay.verdicts.types import Verdict

Golden = Callable[[str, str], None]


@pytest.mark.parametrize("columns", [110, 60])
def test_table(verdicts: Sequence[Verdict], golden: Golden, columns: int) -> None:
    golden(f"table-{columns}.txt", reports.table_text(verdicts, columns))


def test_table_in_colour(verdicts: Sequence[Verdict], golden: Golden) -> None:
    golden("table-colour.txt", reports.table_text(verdicts, 110, colour=True))


def test_matrix(run: Run, golden: Golden) -> None:
    lines = [line.plain for table in matrix_tables(run.blocks) for line in matrix_lines(table)]
    golden("matrix.txt", "\n".join(lines) + "\n")


def test_json(run: Run, verdicts: Sequence[Verdict], golden: Golden) -> None:
    golden("report.json", reports.json_text(run, verdicts))


def test_junit(run: Run, verdicts: Sequence[Verdict], golden: Golden) -> None:
    golden("junit.xml", reports.junit_xml(run, verdicts))


def test_markdown(run: Run, verdicts: Sequence[Verdict], golden: Golden) -> None:
    golden("report.md", reports.markdown(run, verdicts))


def test_html(run: Run, verdicts: Sequence[Verdict], golden: Golden) -> None:
    golden("report.html", reports.html(run, verdicts))
