"""Mistakes in a stack file, each told in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from assay.documents import DocumentError
from assay.systems import Stack, read_stack, variant_misfits
from assay.systems.check import stack_misfits
from assay.systems.plan import plan

SHOP = Path(__file__).parents[2] / "shop"
GOOD = """\
assay: 1
switches: { lookup: [python, rust] }
processes:
  postgres: { run: [postgres, "{port}"], ready: { tcp: "{port}", within: 60s } }
  load: { run: [load, "{postgres.port}", "{scratch}"], once: true, needs: [postgres] }
  lookup:
    needs: [load]
    by: { lookup: { python: { run: [python] }, rust: { run: [rust] } } }
    env: { DSN: "127.0.0.1:{postgres.port}/{load.scratch}", ADDR: "{port.grpc}" }
    serves: { lookup: "grpc://127.0.0.1:{port.grpc}" }
"""

MISTAKES = [
    # what is written instead, the place it is told at, what is said, the hint
    (
        "needs: [postgres]",
        "needs: [postgrs]",
        "load needs 0",
        "no process `postgrs`",
        "`postgres`?",
    ),
    ("needs: [postgres]", "needs: [load]", "load needs 0", "load needs itself", "remove"),
    ("needs: [load]", "needs: [load, kafka]", "lookup needs 1", "no process `kafka`", "there is "),
    ('"{scratch}"]', '"{scrath}"]', "load run 2", "`{scrath}` is not known", "`scratch`?"),
    (
        '"{scratch}"]',
        '"{load.port}"]',
        "load run 2",
        "not known here",
        "without the name: `{port}`",
    ),
    (
        '"{scratch}"]',
        '"{lookup.port}"]',
        "load run 2",
        "`{lookup.port}`",
        "load does not need lookup",
    ),
    ("{postgres.port}/", "{postgres.port.sql}/", "lookup env DSN", "not known", "`postgres.port`?"),
    (
        '"{scratch}"]',
        '"{scratch"]',
        "load run 2",
        "`{` stands alone in `{scratch`",
        "double a brace",
    ),
    ("by: { lookup:", "by: { lokup:", "lookup by lokup", "no switch `lokup`", "`lookup`?"),
    ("rust: { run", "rist: { run", "lookup by lookup rist", "no option `rist`", "`rust`?"),
    (", rust: { run: [rust] }", "", "lookup by lookup", "what `rust` changes", "write `rust: {}`"),
    ("run: [rust]", "env: {}", "lookup", "has no `run`", "one for each option"),
    (
        "once: true,",
        "once: true, ready: { log: x },",
        "load ready",
        "has no probe",
        "only `within`",
    ),
    (
        "once: true,",
        'once: true, serves: { a: "http://b" },',
        "load serves",
        "serves nobody",
        "remove",
    ),
    (
        "once: true,",
        'serves: { lookup: "http://b" },',
        "lookup serves lookup",
        "load serves",
        "another",
    ),
    (
        'serves: { lookup: "grpc:',
        'serves: { lookup: "gprc:',
        "lookup serves lookup",
        "is no address",
        "did you mean `grpc`?",
    ),
    ('tcp: "{port}"', 'tcp: "{port}/x"', "postgres ready tcp", "is no port", "write `{port}`"),
    ('tcp: "{port}"', 'http: "/x"', "postgres ready http", "is no page", "{port}/health"),
]


@pytest.mark.parametrize(("written", "instead", "place", "said", "hint"), MISTAKES)
def test_what_does_not_fit_is_told_where_it_stands(
    written: str, instead: str, place: str, said: str, hint: str
) -> None:
    assert GOOD.count(written) == 1
    [misfit] = stack_misfits(Stack.model_validate(yaml.safe_load(GOOD.replace(written, instead))))
    assert misfit.place == ("processes", *(int(w) if w.isdigit() else w for w in place.split()))
    assert said in misfit.message
    assert hint in misfit.hint


def test_a_circle_is_named_in_full(tmp_path: Path) -> None:
    stack = tmp_path / "stack.yaml"
    stack.write_text(
        """\
assay: 1
processes:
  a: { run: [a], needs: [b] }
  b: { run: [b], needs: [c] }
  c: { run: [c], needs: [a] }
  d: { run: [d], needs: [a] }
"""
    )
    with pytest.raises(DocumentError, match=r"a needs b needs c needs a|b needs c needs a needs b"):
        read_stack(stack)


SHAPES = [
    ("run: [rust]", "run: rust", "must be a list of words"),
    ("within: 60s", "within: 60", "`60` is not a duration: write a number and its unit"),
    ("once: true", "onces: true", "onces"),
    ("once: true", "stop_signal: TERM", "must be a signal's name, such as SIGTERM"),
    ("once: true", "limits: { memory: 5 apples }", "`5 apples` is not a size"),
    ("once: true", 'ready: { log: "(" }', "is not a regular expression"),
    ("once: true", 'ready: { log: a, tcp: "1" }', "has tcp and log: one probe says"),
    ("[python, rust]", "[on, off]", "must be text; put it in quotes"),
    ("assay: 1", "assay: 2", "1"),
]


@pytest.mark.parametrize(("written", "instead", "said"), SHAPES)
def test_a_wrong_shape_is_told(tmp_path: Path, written: str, instead: str, said: str) -> None:
    assert GOOD.count(written) == 1
    stack = tmp_path / "stack.yaml"
    stack.write_text(GOOD.replace(written, instead))
    with pytest.raises(DocumentError) as wrong:
        read_stack(stack)
    assert said in str(wrong.value)


def test_a_good_file_has_no_misfits(tmp_path: Path) -> None:
    stack = tmp_path / "stack.yaml"
    stack.write_text(GOOD)
    document = read_stack(stack)
    assert document.path == stack
    assert document.value.processes["load"].once


def test_names_are_fit_for_words_in_braces() -> None:
    def misfit(content: dict[str, object]) -> str:
        return stack_misfits(Stack.model_validate({"assay": 1} | content))[0].message

    program = {"run": ["a"]}
    assert misfit({"processes": {"a.b": program}}) == "`a.b` cannot be a name"
    assert misfit({"processes": {"port": program}}) == "a process cannot be named `port`"
    assert misfit({"processes": {}}) == "there are no processes"
    assert misfit({"switches": {"a": []}, "processes": {"a": program}}) == (
        "the switch a has no options"
    )
    assert misfit({"switches": {"a": ["x", "x"]}, "processes": {"a": program}}) == (
        "the option `x` is listed twice"
    )


def test_the_shop_can_be_read_and_planned() -> None:
    stack = read_stack(SHOP / "stack.yaml").value
    variants = yaml.safe_load((SHOP / "claims.yaml").read_text())["variants"]
    heard = plan(stack, {"heard": variants["after"] | {"changes": "heard"}})
    assert "kafka" in heard.serving("heard", "lookup").sees
    assert all(variant_misfits(stack, chosen) == [] for chosen in variants.values())
    planned = plan(stack, variants)
    shared = {each.key for each in planned.instances if each.variant is None}
    catalogues = {"catalogue", "small-catalogue"}
    assert shared == {"postgres", *catalogues, "kafka", "topics", "product-write", "redis"}
    own = {each.process for each in planned.instances} - shared
    assert own == {
        *("lookup", "product-read", "books", "filling", "provider"),
        *("bus", "bus-2", "bus-3", "bus-topics"),
        *("inventory", "payment", "order", "checkout"),
        *("intent-parser", "plan-generator", "plan-executor"),
    }
    assert len(planned.instances) == len(shared) + len(own) * len(variants)
    for variant, named in variants.items():
        chosen = stack.chosen(named)
        has_bus = "bus" in {key.split(".")[0] for key in planned.serving(variant, "checkout").sees}
        assert has_bus is (chosen["checkout"] == "saga")
        lookup = planned.serving(variant, "lookup")
        assert lookup.settings.env["LOOKUP_READS"] == chosen["reads"]
        assert set(lookup.sees) & catalogues == {
            "small-catalogue" if chosen["goods"] == "requests" else "catalogue"
        }
        pages = planned.serving(variant, "product-read")
        assert pages.settings.env["PRODUCT_READ_CATALOGUE"] == chosen["catalogue"]
        assert lookup.ports == ("port.grpc", "port.http")
        assert planned.providing(variant, "catalogue.ids").once
