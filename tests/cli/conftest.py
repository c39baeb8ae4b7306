"""Assay as its users run it, in folders of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from assay.cli import app


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of an HTTP server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


Command = Callable[..., tuple[int, str, str]]
"""Takes the words of a command; gives its exit code, standard output and standard error."""


@pytest.fixture
def ours(tmp_path: Path) -> dict[str, str]:
    """Environment that keeps what Assay leaves outside its run folders in `tmp_path`."""
    for name in ("state", "tmp"):
        (tmp_path / name).mkdir()
    return {
        "XDG_RUNTIME_DIR": str(tmp_path / "state"),
        "TMPDIR": str(tmp_path / "tmp"),
        "COLUMNS": "160",
    }


@pytest.fixture
def assay(tmp_path: Path, ours: dict[str, str]) -> Command:
    """Run a command in `tmp_path`, as a process of its own."""

    def assay(*arguments: str) -> tuple[int, str, str]:
        ran = subprocess.run(
            [sys.executable, "-c", "from assay.cli import main; main()", *arguments],
            cwd=tmp_path,
            env=os.environ | ours,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return ran.returncode, ran.stdout, ran.stderr

    return assay


@pytest.fixture
def assay_here(tmp_path: Path, ours: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The same within this process: quick, for commands that start nothing."""
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def assay(*arguments: str) -> tuple[int, str, str]:
        ran = CliRunner().invoke(app, arguments)
        assert ran.exception is None or isinstance(ran.exception, SystemExit)
        return ran.exit_code, ran.stdout, ran.stderr

    return assay
