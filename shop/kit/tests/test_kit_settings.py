from __future__ import annotations

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict
from shop_kit.settings import Address, HostPort, Settings, host_port, load


class Brewing(Settings):
    model_config = SettingsConfigDict(env_prefix="BREW_")

    addr: Address = HostPort("127.0.0.1", 4000)
    cups: int = Field(ge=1)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREW_CUPS", "3")
    monkeypatch.setenv("BREW_ADDR", "[::1]:80")
    assert load(Brewing) == Brewing(cups=3, addr=HostPort("::1", 80))


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, ["BREW_CUPS is not set"]),
        ({"BREW_CUPS": "many"}, ["BREW_CUPS=many", "integer"]),
        ({"BREW_CUPS": "0"}, ["BREW_CUPS=0", "greater than or equal to 1"]),
        ({"BREW_CUPS": "1", "BREW_ADDR": "x"}, ["BREW_ADDR=x", "host:port"]),
    ],
)
def test_a_wrong_one_is_named_and_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    words: list[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load(Brewing)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:50051", HostPort("127.0.0.1", 50051)),
        ("localhost:0", HostPort("localhost", 0)),
        ("[::1]:8080", HostPort("::1", 8080)),
    ],
)
def test_an_address_reads_and_writes_itself(text: str, meant: HostPort) -> None:
    assert host_port(text) == meant
    assert str(meant) == text


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1", ":80", "a:", "a:b", "a:65536", "a:-1", "::1:80", "a:²"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"host:port|0 to 65535"):
        host_port(text)
