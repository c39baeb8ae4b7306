"""Every command explains itself."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from assay import __version__
from assay.cli import app

COMMANDS = ("prove", "check", "init", "up", "down", "load", "report")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
    assert f"assay {command}" in result.stdout


def test_the_commands_are_listed() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(f" {command} " in result.stdout for command in COMMANDS)
    assert "Exit codes" in result.stdout


def test_the_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"assay {__version__}\n")


def test_no_words_at_all_give_the_help() -> None:
    result = CliRunner().invoke(app, [])
    assert "Exit codes" in result.output


@pytest.mark.parametrize("arguments", [["porve"], ["prove", "--bugdet", "3m"], ["load"]])
def test_what_cannot_be_understood(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "Error" in result.stderr or "Usage" in result.stderr
