"""Where feeds get their values, and what is said when they cannot."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.load.errors import LoadError
from assay.load.feeds import read_values


@pytest.mark.parametrize(
    ("name", "text", "column", "values"),
    [
        ("ids.csv", "product_id\np1\np2\n", None, ["p1", "p2"]),
        ("ids.csv", "product_id,title\np1,A mug\np2,A sock\n", "title", ["A mug", "A sock"]),
        ("ids.csv", 'id\n"a,b"\n\n', None, ["a,b"]),
        ("ids.txt", "p1\n\n  p2\n", None, ["p1", "p2"]),
        ("ids.json", '["p1", 2]', None, ["p1", "2"]),
    ],
)
def test_values_are_read_from_files_of_every_kind(
    tmp_path: Path, name: str, text: str, column: str | None, values: list[str]
) -> None:
    (tmp_path / name).write_text(text)
    assert read_values(str(tmp_path / name), column) == values


@pytest.mark.parametrize(
    ("name", "text", "column", "words"),
    [
        ("ids.csv", "product_id\np1\n", "id", "no column `id`; it has product_id"),
        ("ids.json", '["p1", {}]', None, "holds {}"),
        ("ids.json", '["p1"', None, "is no JSON array"),
    ],
)
def test_a_source_that_cannot_be_used_is_explained(
    tmp_path: Path, name: str, text: str, column: str | None, words: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LoadError) as caught:
        read_values(str(tmp_path / name), column)
    assert words in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"nowhere\.csv cannot be read"):
        read_values(str(tmp_path / "nowhere.csv"))


class _Ids(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ids" else 404)
        self.end_headers()
        self.wfile.write(b"p1\np2\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Ids) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.integration
def test_values_are_fetched_from_a_service(address: str) -> None:
    assert read_values(f"{address}/ids") == ["p1", "p2"]


@pytest.mark.integration
def test_a_service_that_refuses_is_named(address: str) -> None:
    with pytest.raises(LoadError, match="404"):
        read_values(f"{address}/nothing")
