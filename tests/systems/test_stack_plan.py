"""What is started for which variant, and in which order."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.systems.check import stack_misfits, variant_misfits
from assay.systems.errors import UnknownName
from assay.systems.model import Settings, Stack
from assay.systems.plan import plan

LITERAL = {
    "assay": 1,
    "switches": {"language": ["python", "rust"], "reads": ["snapshot", "store"]},
    "processes": {
        "edge": {
            "run": ["edge"],
            "needs": ["lookup"],
            "serves": {"edge": "http://[::1]:{port}"},
        },
        "lookup": {
            "needs": ["catalogue"],
            "env": {"A": "1", "B": "2"},
            "ready": {"tcp": "{port}", "within": "60s"},
            "by": {
                "language": {
                    "python": {"run": ["python"], "ready": {"http": "{port.http}/"}},
                    "rust": {"run": ["rust"]},
                },
                "reads": {"snapshot": {"env": {"B": "snapshot"}}, "store": {}},
            },
            "serves": {"lookup": "grpc://127.0.0.1:{port}"},
        },
        "catalogue": {
            "run": ["load", "{postgres.port}"],
            "once": True,
            "needs": ["postgres"],
            "provides": {"ids": "{scratch}/ids"},
        },
        "postgres": {"run": ["postgres", "{port}"]},
    },
}
SHOP_LIKE = Stack.model_validate(LITERAL)
BEFORE = {"language": "python", "reads": "snapshot"}
AFTER = {"language": "rust", "reads": "store"}


def test_what_follows_a_switch_is_started_for_each_variant() -> None:
    planned = plan(SHOP_LIKE, {"before": BEFORE, "after": AFTER})
    assert [instance.key for instance in planned.instances] == [
        "postgres",
        "catalogue",
        "lookup.before",
        "lookup.after",
        "edge.before",
        "edge.after",
    ]
    assert planned.by_key["edge.after"].needs == ("lookup.after",)
    assert planned.by_key["edge.after"].sees == ("lookup.after", "catalogue", "postgres")
    assert planned.by_key["lookup.before"].ports == ("port", "port.http")


def test_options_override_and_merge() -> None:
    planned = plan(SHOP_LIKE, {"before": BEFORE, "after": AFTER})
    before, after = (planned.by_key[f"lookup.{each}"].settings for each in ("before", "after"))
    assert (before.run, before.env) == (("python",), {"A": "1", "B": "snapshot"})
    assert (after.run, after.env) == (("rust",), {"A": "1", "B": "2"})
    assert (before.ready.tcp, before.ready.http) == (None, "{port.http}/")
    assert (before.ready.within_s, after.ready.within_s) == (60.0, 60.0)
    assert after.ready.tcp == "{port}"


@pytest.mark.parametrize(
    ("uses", "started"),
    [
        (["edge"], ["postgres", "catalogue", "lookup.after", "edge.after"]),
        (["lookup"], ["postgres", "catalogue", "lookup.after"]),
        (["catalogue.ids"], ["postgres", "catalogue"]),
        (["lookup", "catalogue.ids"], ["postgres", "catalogue", "lookup.after"]),
        (["nothing of ours"], []),
    ],
)
def test_only_what_is_used_is_started(uses: list[str], started: list[str]) -> None:
    planned = plan(SHOP_LIKE, {"before": BEFORE, "after": AFTER})
    assert [each.key for each in planned.of(["after"], uses)] == started


def test_names_lead_to_instances() -> None:
    planned = plan(SHOP_LIKE, {"before": BEFORE, "after": AFTER})
    assert planned.serving("after", "lookup").key == "lookup.after"
    assert planned.providing("after", "catalogue.ids").key == "catalogue"
    assert [each.key for each in planned.own("after")] == ["lookup.after", "edge.after"]
    assert [each.key for each in planned.of(["after"])] == [
        *("postgres", "catalogue", "lookup.after", "edge.after")
    ]
    with pytest.raises(UnknownName, match="there is no variant `afer`; did you mean `after`"):
        planned.of(["afer"])
    with pytest.raises(UnknownName, match="there is no service `lokup`; did you mean `lookup`"):
        planned.serving("after", "lokup")
    with pytest.raises(UnknownName, match=r"no provided file `ids`; did you|is `catalogue.ids`"):
        planned.providing("after", "ids")


@pytest.mark.parametrize(
    ("chosen", "place", "message", "hint"),
    [
        (BEFORE | {"langauge": "rust"}, ("langauge",), "no switch", "did you mean `language`?"),
        (BEFORE | {"reads": "stor"}, ("reads",), "no option `stor`", "did you mean `store`?"),
    ],
)
def test_a_variant_chooses_options_that_there_are(
    chosen: dict[str, str], place: tuple[str, ...], message: str, hint: str
) -> None:
    [misfit] = variant_misfits(SHOP_LIKE, chosen)
    assert (misfit.place, misfit.hint) == (place, hint)
    assert message in misfit.message


def test_a_complete_choice_fits() -> None:
    assert variant_misfits(SHOP_LIKE, BEFORE) == []


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    """Processes in any order of writing, each needing some that were drawn before it."""
    names = [f"p{i}" for i in range(draw(st.integers(1, 8)))]
    processes: dict[str, dict[str, object]] = {}
    for i, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:i]), unique=True)) if i else []
        process: dict[str, object] = {"run": ["it", "{port}"], "needs": needs}
        if draw(st.booleans()):
            process["by"] = {"switch": {"on": {"env": {"A": "1"}}, "off": {}}}
        processes[name] = process
    order = draw(st.permutations(names))
    return Stack.model_validate(
        {
            "assay": 1,
            "switches": {"switch": ["on", "off"]},
            "processes": {name: processes[name] for name in order},
        }
    )


@given(stacks(), st.integers(1, 3))
def test_everything_comes_after_what_it_needs(stack: Stack, variants: int) -> None:
    assert stack_misfits(stack) == []
    names = [f"v{i}" for i in range(variants)]
    planned = plan(stack, {name: {"switch": "on"} for name in names})
    keys = [instance.key for instance in planned.instances]
    assert len(keys) == len(set(keys))
    for i, instance in enumerate(planned.instances):
        needs = [planned.by_key[key] for key in instance.needs]
        assert {need.process for need in needs} == {*stack.processes[instance.process].needs}
        assert all(need.key in keys[:i] for need in needs)
        assert all(need.variant in (None, instance.variant) for need in needs)
        assert {*instance.needs} <= {*instance.sees} <= {*keys[:i]}
        follows = bool(stack.processes[instance.process].by) or any(n.variant for n in needs)
        assert (instance.variant is not None) == follows
    for name in names:
        wanted = {instance.key for instance in planned.of([name])}
        assert all({*planned.by_key[key].needs} <= wanted for key in wanted)
        assert {planned.by_key[key].process for key in wanted} == {*stack.processes}


def test_overriding_with_nothing_changes_nothing() -> None:
    settings = SHOP_LIKE.processes["catalogue"]
    assert settings.overridden(Settings()) == settings


def test_an_option_may_need_more_than_the_others() -> None:
    kept = deepcopy(LITERAL)
    lookup = kept["processes"]["lookup"]
    heard = {"needs": ["broker"], "env": {"C": "{broker.port}"}}
    lookup["by"]["reads"]["snapshot"] |= heard
    kept["processes"]["broker"] = {"run": ["broker", "{port}"]}
    stack = Stack.model_validate(kept)
    assert not stack_misfits(stack)
    planned = plan(stack, {"before": BEFORE, "after": AFTER})
    assert "broker" in planned.serving("before", "lookup").sees
    assert "broker" not in planned.serving("after", "lookup").sees
    assert "broker" in planned.serving("before", "edge").sees

    lookup["env"]["D"] = "{broker.port}"
    [misfit] = stack_misfits(Stack.model_validate(kept))
    assert misfit.place == ("processes", "lookup", "env", "D")
    assert "does not need broker" in misfit.hint


def test_a_switch_that_is_not_named_is_at_its_first_option() -> None:
    first = {switch: options[0] for switch, options in SHOP_LIKE.switches.items()}
    assert SHOP_LIKE.chosen({}) == first
    assert variant_misfits(SHOP_LIKE, {}) == []
    for switch, options in SHOP_LIKE.switches.items():
        assert SHOP_LIKE.chosen({switch: options[-1]}) == first | {switch: options[-1]}
