"""Small texts of a stack file: words in braces, durations, sizes, addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from assay.systems import Address, AddressError
from assay.systems.ports import Ports, is_clash
from assay.systems.template import TemplateError, fill, placeholders
from assay.systems.units import duration_s, size_bytes


def test_words_in_braces_are_filled_in() -> None:
    values = {"port": "7000", "postgres.port.admin": "5432"}
    assert fill("a:{port}/{ postgres.port.admin }", values) == "a:7000/5432"
    assert placeholders("{a}{{b}}{c.d}") == {"a", "c.d"}


@given(st.text())
def test_doubled_braces_stand_for_themselves(text: str) -> None:
    assert fill(text.replace("{", "{{").replace("}", "}}"), {}) == text


@pytest.mark.parametrize("text", ["{", "}", "a{b", "a}b", "{}", "{a{b}}", "{{a}"])
def test_a_single_brace_is_an_error(text: str) -> None:
    with pytest.raises(TemplateError, match="stands alone"):
        placeholders(text)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("60s", 60), ("500ms", 0.5), ("2m", 120), ("2 min", 120), ("1h", 3600), ("1.5s", 1.5)],
)
def test_durations(written: str, seconds: float) -> None:
    assert duration_s(written) == seconds


@pytest.mark.parametrize(
    ("written", "count"), [("512MB", 512_000_000), ("1GiB", 1 << 30), ("100B", 100)]
)
def test_sizes(written: str, count: int) -> None:
    assert size_bytes(written) == count


@pytest.mark.parametrize("written", [60, "60", "s", "60 seconds", "-1s", None, ["60s"], "1e3s"])
def test_a_duration_without_a_known_unit_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError, match=r"is not a duration: .* such as `60s`"):
        duration_s(written)


def test_a_duration_is_more_than_zero() -> None:
    with pytest.raises(PydanticCustomError, match="more than zero"):
        duration_s("0s")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:8080", Address("http", "127.0.0.1", 8080)),
        ("https://shop.example/api/", Address("https", "shop.example", 443, "/api")),
        ("http://shop.example", Address("http", "shop.example", 80)),
        ("grpc://[::1]:7000", Address("grpc", "::1", 7000)),
        ("grpcs://shop.example:443", Address("grpcs", "shop.example", 443)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert Address.parse(str(address)) == address
    assert address.tls == text.partition(":")[0].endswith("s")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("127.0.0.1:8080", "has no scheme; an address is written like"),
        ("htp://a:1", "`htp://` cannot be spoken; did you mean `http`"),
        ("http://", "has no host"),
        ("grpc://a", "needs a port"),
        ("grpc://a:0", "needs a port"),
        ("http://a:99999", "cannot be read: Port out of range"),
        ("grpc://a:1/b", "has a path"),
        ("http://user@a", "has more than scheme"),
        ("http://a/?b=c", "has more than scheme"),
    ],
)
def test_what_is_no_address_is_told(text: str, words: str) -> None:
    with pytest.raises(AddressError, match=words):
        Address.parse(text)


def test_ports_are_given_once() -> None:
    ports = Ports()
    given_out = [port for _ in range(20) for port in ports.free(5)]
    assert len(set(given_out)) == 100


@pytest.mark.parametrize(
    "line",
    [
        "OSError: [Errno 98] Address already in use",
        'Os { code: 98, kind: AddrInUse, message: "Address already in use" }',
        "listen EADDRINUSE: address already in use :::3000",
        "java.net.BindException: Address already in use (Bind failed)",
        'could not bind IPv4 address "127.0.0.1": Address already in use',
    ],
)
def test_a_port_clash_is_told_from_the_log(line: str) -> None:
    assert is_clash(("starting", line))
    assert not is_clash(("port 98 is used", "address 10.0.0.1"))
