"""Claims files: mistakes told at line and column, and what is handed on of those without any."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.claims import (
    ClaimsDocument,
    Limit,
    Measure,
    Ratio,
    Single,
    Zero,
    feeds_of,
    json_schema,
    read_claims,
    template,
)
from assay.claims.algebra import question_of
from assay.claims.formula import parse_claim
from assay.documents import DocumentError, Problem

ROOT = Path(__file__).parents[2]
GOOD = """\
assay: 1
system: stack.yaml
variants:
  before: { lookup: python }
  after: { lookup: rust }
feeds:
  product: { from: catalogue.ids, draw: zipf, s: 0.99 }
  size: { values: [10, "24"] }
workloads:
  lookup:
    to: lookup
    grpc: shop.Lookup/Get
    message: { product_id: "{product}" }
    rate: 1000/s
  browse:
    to: read
    mix:
      - { weight: 80, get: "/api/{product}" }
      - { weight: 20, get: "/api?size={size}", expect: { status: 200 } }
      - { post: /api, headers: { X-Id: "{product}" }, body: { n: ["{size}"] } }
    users: 8
claims:
  p99:
    says: The new one is faster.
    prove: before.lookup.p99 / after.lookup.p99 >= 3.1
information:
  p50:
    says: The median.
    show: before.lookup.p50 / after.lookup.p50
"""
ADDRESSES = """\
assay: 1
system:
  before: { page: "http://10.0.0.5:80", rpc: "grpc://10.0.0.5:7000" }
  after: { page: "http://10.0.0.6:80", rpc: "grpc://10.0.0.6:7000" }
workloads:
  page: { to: page, get: /, rate: 100/s }
claims:
  p99: { says: It is fast., prove: after.page.p99 <= 20ms }
"""


def read(tmp_path: Path, text: str) -> ClaimsDocument:
    (tmp_path / "stack.yaml").write_text("assay: 1\nprocesses: {}\n")
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    return read_claims(path)


def problems_of(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as wrong:
        read(tmp_path, text)
    return wrong.value.problems


PROVE = "before.lookup.p99 / after.lookup.p99 >= 3.1"
FOLDED = ">-\n      before.lookup.p99 /\n      after.lookup.p99 >= 3.1"
RATE = "rate: 1000/s"
FEED = "from: catalogue.ids, draw: zipf, s: 0.99"
GET = '{ weight: 80, get: "/api/{product}" }'

MISTAKES = [
    # what is written instead of what, line and column, what is said, the hint
    ("assay: 1", "assay: 2", 1, 8, "found `2`", "`1` would be right"),
    ("assay: 1\n", "", 1, 1, "`assay` is missing", "add `assay: 1`"),
    ("system: stack.yaml\n", "", 1, 1, "`system` is missing", "add `system: stack.yaml`"),
    ("system: stack.yaml", "sistem: stack.yaml\nsystem: stack.yaml", 2, 1, "`sistem`", "`system`?"),
    ("stack.yaml", "stak.yaml", 2, 9, "there is no file `stak.yaml`", "its path from this file"),
    ("stack.yaml", "7", 2, 9, "found `7`", "the path of a stack file"),
    ("lookup: python }", "lookup: on }", 4, 21, "found `true`", "quotes"),
    ("  p50:", "  p.50:", 27, 3, "`p.50` cannot be a name", "letters, digits"),
    ("claims:\n  p99:", "claims:\n  1a:", 23, 3, "`1a` cannot be a name", "a letter first"),
    (FEED, "from: ids", 7, 20, "`ids` is no source", "write `process.name`"),
    (FEED, "from: ./ids.csv", 7, 20, "no file `./ids.csv`", "by its path"),
    (FEED, "draw: zipf", 7, 3, "neither `from` nor `values`", "add `from: products.csv`"),
    (FEED, "from: a.b, values: [1]", 7, 25, "`from` and `values`", "keep one"),
    (FEED, "values: []", 7, 14, "no values", "list at least one"),
    (FEED, "values: [1], column: id", 7, 35, "no columns", "remove `column`"),
    (FEED, "from: a.b, s: 1.2", 7, 28, "this is uniform", "add `draw: zipf`"),
    (FEED, "from: a.b, draw: zip", 7, 31, "found `zip`", "`uniform`, `zipf` or `sequential`"),
    (FEED, "from: a.b, draw: zipf, s: 0", 7, 40, "found `0`", "more than 0"),
    ("    to: lookup\n", "", 10, 3, "`to` is missing", "add `to: service`"),
    ("to: lookup", 'to: " "', 11, 9, "names no service", "the name of a service"),
    ("grpc: shop.Lookup/Get", "grpc: Get", 12, 11, "no gRPC method", "package.Service/Method"),
    ("grpc: shop", "grcp: shop", 12, 5, "`grcp` is not known", "did you mean `grpc`?"),
    ("grpc: shop", "get: /a\n    grpc: shop", 12, 10, "has `grpc` and `get`", "keep one"),
    ("    grpc: shop.Lookup/Get\n", "", 10, 3, "does not say what is sent", "add one of `grpc`"),
    ("message: {", "body: {", 13, 5, "a gRPC request has no `body`", "`message` may be meant"),
    ('{ product_id: "{product}" }', "hello", 13, 14, "found `hello`", "a mapping of"),
    ('id: "{product}"', 'id: "a {prod}"', 13, 32, "no feed `prod`", "`product`?"),
    (RATE, "rate: fast", 14, 11, "`fast`, which is no rate", "`1000/s`"),
    (RATE, "rate: 0/s", 14, 11, "found `0/s`", "more than zero"),
    (RATE, "rate: -5", 14, 11, "`-5`, which is no rate", "`1000/s`"),
    (f"    {RATE}\n", "", 10, 3, "neither `rate` nor `users`", "add `rate: 1000/s`"),
    (RATE, f"{RATE}\n    users: 3", 15, 12, "`rate` and `users`", "keep `rate`"),
    (RATE, f"{RATE}\n    timeout: 10", 15, 14, "`10`, which has no unit", "such as `10s`"),
    (RATE, f"{RATE}\n    timeout: ten", 15, 14, "`ten`, which is no duration", "such as `10s`"),
    (RATE, f"{RATE}\n    block: 0s", 15, 12, "found `0s`", "more than zero"),
    (RATE, f"{RATE}\n    errors: 5", 15, 13, "found `5`", "`5%` may be meant"),
    (RATE, f"{RATE}\n    errors: some", 15, 13, "no share", "write it like `1%`"),
    (RATE, f"{RATE}\n    connections: 0", 15, 18, "found `0`", "more than 0"),
    (RATE, f"{RATE}\n    proto: a.proto", 15, 12, "no file `a.proto`", "a .proto file"),
    (RATE, f"{RATE}\n    expect: {{ status: [9] }}", 15, 15, "found `9`", "`NOT_FOUND`"),
    ("users: 8", "users: 8.5", 21, 12, "found `8.5`", "a whole number"),
    ("users: 8", "users: 8\n    arrivals: constant", 22, 15, "belongs to `rate`", "remove"),
    ("users: 8", "users: 8\n    body: hello", 22, 11, "no `body` of its own", "entry of `mix`"),
    (GET, "{ weight: 0, get: / }", 18, 19, "found `0`", "more than 0"),
    (GET, '{ get: "api/{product}" }', 18, 16, "does not begin with `/`", "write `/api/{product}`"),
    (GET, "{ get: http://a/b }", 18, 16, "does not begin with `/`", "write its path"),
    (GET, "{ get: /, message: {} }", 18, 19, "an HTTP request has no `message`", "`body` may be"),
    (GET, '{ get: "/api?size={size}" }', 19, 9, "called `/api?size={size}` already", "`name`"),
    (GET, "{ grpc: a.B/C }", 17, 5, "gRPC and HTTP", "two workloads"),
    ('["{size}"]', '["{sise}"]', 20, 69, "no feed `sise`", "`size`?"),
    ("    says: The new one is faster.\n", "", 23, 3, "`says` is missing", "add `says: The new"),
    (f"    prove: {PROVE}\n", "", 23, 3, "`prove` is missing", "add `prove: before.lookup.p99"),
    ("prove: before", "proof: before", 25, 5, "`proof` is not known here", "`prove`?"),
    (PROVE, "befor.lookup.p99 / after.lookup.p99 > 3", 25, 12, "variant `befor`", "`before`?"),
    (PROVE, "before.lookup.p99 / aftr.lookup.p99 > 3", 25, 32, "variant `aftr`", "`after`?"),
    (PROVE, "before.lokup.p99 / after.lookup.p99 > 3", 25, 19, "workload `lokup`", "`lookup`?"),
    (PROVE, "before.lookup.p98th <= 3ms", 25, 26, "no measure `p98th`", "p50 to p99.99"),
    (PROVE, "before.lookup.p100 <= 3ms", 25, 26, "no measure `p100`", "p50 to p99.99"),
    (PROVE, "before.lookup.troughput > 9/s", 25, 26, "`troughput`", "`throughput`?"),
    (PROVE, 'before.browse["/ap"].p99 < 3ms', 25, 27, "no endpoint `/ap`", "`/api`?"),
    (PROVE, f"'{PROVE.replace('after', 'aftr')}'", 25, 33, "variant `aftr`", "`after`?"),
    (PROVE, FOLDED.replace("after", "aftr"), 27, 7, "variant `aftr`", "`after`?"),
    (PROVE, "before.lookup.p99 / after.lookup.p99 == 3", 25, 49, "cannot be proved", "`>=`"),
    (PROVE, "before.lookup.p99 / after.lookup.p99", 25, 48, "compares with nothing", ">= 3.1"),
    (PROVE, "before.lookup.p99 <= 20", 25, 30, "a time cannot be compared", "`20ms`"),
    (PROVE, "[1]", 25, 5, "found a list", "a text would be right"),
    (PROVE, f"{PROVE}\n    tolerance: 5", 26, 16, "found `5`", "`5%` may be meant"),
    (PROVE, f"{PROVE}\n    pairs_per_epoch: 0", 26, 22, "found `0`", "more than 0"),
    ("show: before.lookup.p50", "show: 3 > before.lookup.p50", 29, 13, "promises nothing", "`pro"),
    ("information:\n  p50", "information:\n  p99", 27, 3, "named `p99` already", "otherwise"),
    ("assay: 1", "assay: 1\nalpha: 5", 2, 8, "found `5`", "`5%` may be meant"),
    ("  p50:\n", "  p50:\n    pairs: none\n", 28, 12, "found `none`", "a whole number"),
]


@pytest.mark.parametrize(("written", "instead", "line", "column", "message", "hint"), MISTAKES)
def test_a_mistake_is_told_once_where_it_stands(
    tmp_path: Path, written: str, instead: str, line: int, column: int, message: str, hint: str
) -> None:
    assert GOOD.count(written) == 1
    [problem] = problems_of(tmp_path, GOOD.replace(written, instead))
    assert (problem.line, problem.column) == (line, column), problem
    assert message in problem.message
    assert hint in problem.hint


ADDRESS_MISTAKES = [
    ("claims:", "variants: { before: {} }\nclaims:", 7, 1, "options of a stack's", "keys of"),
    ("http://10.0.0.5:80", "10.0.0.5:80", 3, 19, "has no scheme", "write it like"),
    ("http://10.0.0.5:80", "htp://10.0.0.5", 3, 19, "`htp://` cannot be spoken", "write it like"),
    ("http://10.0.0.5:80", "http://:80", 3, 19, "has no host", "write it like"),
    ("http://10.0.0.5:80", "http://a:b", 3, 19, "cannot be read", "write it like"),
    ("http://10.0.0.5:80", "http://a/?b=c", 3, 19, "has more than", "write it like"),
    ("grpc://10.0.0.6:7000", "grpc://10.0.0.6", 4, 45, "is not a host and a port", "write it"),
    ("to: page", "to: pge", 6, 15, "before has no service `pge`", "`page`?"),
    ("to: page", "to: rpc", 6, 15, "`get` is sent to rpc, which is at grpc://", "an http(s)://"),
    ("after.page", "aftr.page", 8, 36, "no variant `aftr`", "`after`?"),
    ("claims:", 'feeds: { a: { from: ids.csv } }\nclaims:', 7, 21, "no file `ids.csv`", "http(s)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "instead", "line", "column", "message", "hint"), ADDRESS_MISTAKES
)
def test_a_mistake_with_addresses_is_told_where_it_stands(
    tmp_path: Path, written: str, instead: str, line: int, column: int, message: str, hint: str
) -> None:
    assert ADDRESSES.count(written) == 1
    problem, *more = problems_of(tmp_path, ADDRESSES.replace(written, instead))
    # A service that both variants lack, or have wrong, is told of each.
    assert {(each.line, each.column) for each in more} <= {(line, column)}
    assert (problem.line, problem.column) == (line, column), problem
    assert message in problem.message
    assert hint in problem.hint


def test_a_file_without_variants_claims_or_names_of_its_own_is_told(tmp_path: Path) -> None:
    variants = GOOD[GOOD.index("variants:") : GOOD.index("feeds:")]
    said = problems_of(tmp_path, GOOD.replace(variants, ""))
    assert said[0].message == "there are no variants of the stack"
    [problem] = problems_of(tmp_path, GOOD[: GOOD.index("claims:\n")])
    assert problem.message == "nothing is claimed"
    assert "says" in problem.hint


def test_every_mistake_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        GOOD.replace("draw: zipf, ", "")
        .replace(RATE, "")
        .replace("before.lookup.p99", "befor.lokup.p99")
        .replace("after.lookup.p50", "after.lookup.p05x")
    )
    lines = [(each.line, each.field) for each in problems_of(tmp_path, text)]
    assert lines == [
        (7, "feeds.product.s"),
        (10, "workloads.lookup"),
        (25, "claims.p99.prove"),
        (25, "claims.p99.prove"),
        (29, "information.p50.show"),
    ]


def test_what_a_good_file_says_is_handed_on(tmp_path: Path) -> None:
    document = read(tmp_path, GOOD)
    file = document.file
    assert file.variant_names == ("before", "after")
    assert document.stack_path == tmp_path / "stack.yaml"
    assert file.feeds["product"].source == "catalogue.ids"
    assert file.feeds["size"].values == ("10", "24")
    lookup, browse = file.workloads["lookup"], file.workloads["browse"]
    assert (lookup.rate, lookup.timeout_s, lookup.errors, lookup.users) == (1000, 10, 0.01, None)
    assert [each.name for each in lookup.endpoints] == ["shop.Lookup/Get"]
    assert feeds_of(lookup) == ("product",)
    assert feeds_of(browse) == ("product", "size")
    assert [(each.name, each.weight, each.request.method) for each in browse.endpoints] == [
        ("/api/{product}", 80, "GET"),
        ("/api?size={size}", 20, "GET"),
        ("/api", 1, "POST"),
    ]
    assert [each.expect.status for each in browse.endpoints] == [(), (200,), ()]
    claim, shown = document.rows
    before, after = Measure("before", "lookup", "p99"), Measure("after", "lookup", "p99")
    assert (claim.name, claim.judged, claim.formula) == ("p99", True, PROVE)
    assert claim.shape == Ratio(before, after, True, 3.1)
    assert (shown.name, shown.judged, shown.pairs) == ("p50", False, 3)
    assert shown.place == ("information", "p50", "show")


def test_addresses_are_variants_that_run_already(tmp_path: Path) -> None:
    document = read(tmp_path, ADDRESSES)
    assert document.stack_path is None
    assert document.file.variant_names == ("before", "after")
    [row] = document.rows
    assert row.shape == Limit(Measure("after", "page", "p99"), False, 20_000, "ms")


def test_units_are_taken_in_every_form(tmp_path: Path) -> None:
    text = GOOD.replace(
        RATE, "rate: 60/m\n    timeout: 250ms\n    errors: 0.5%\n    block: 1.5 m"
    ).replace("assay: 1", "assay: 1\nalpha: 0.01")
    file = read(tmp_path, text).file
    lookup = file.workloads["lookup"]
    assert (lookup.rate, lookup.timeout_s, lookup.block_s) == (1, 0.25, 90)
    assert lookup.errors == pytest.approx(0.005)
    assert file.alpha == 0.01
    assert read(tmp_path, GOOD.replace(RATE, "rate: 250")).file.workloads["lookup"].rate == 250


def test_braces_are_doubled_to_mean_themselves(tmp_path: Path) -> None:
    text = GOOD.replace('"{product}" }\n    rate', '"{{product}} {} {1}" }\n    rate')
    assert feeds_of(read(tmp_path, text).file.workloads["lookup"]) == ()


def test_a_workload_draws_from_a_few_feeds_only(tmp_path: Path) -> None:
    feeds = "".join(f"  f{i}: {{ values: [a] }}\n" for i in range(9))
    words = " ".join(f"{{f{i}}}" for i in range(9))
    text = GOOD.replace("  size:", f"{feeds}  size:").replace('id: "{product}"', f'id: "{words}"')
    [problem] = problems_of(tmp_path, text)
    assert problem.message == "draws from 9 feeds"
    assert problem.hint == "at most 8 would do"


def test_requests_of_a_mix_can_be_named(tmp_path: Path) -> None:
    text = GOOD.replace(GET, '{ name: one, get: "/api?size={size}" }').replace(
        PROVE, 'before.browse["one"].p99 / after.browse["one"].p99 >= 2'
    )
    row = read(tmp_path, text).rows[0]
    assert isinstance(row.shape, Ratio)
    assert row.shape.numerator == Measure("before", "browse", "p99", "one")


def test_the_shops_claims_can_be_read() -> None:
    document = read_claims(ROOT / "shop" / "claims.yaml")
    assert document.file.variant_names[:3] == ("before", "after", "python-store")
    judged = [row for row in document.rows if row.judged]
    goals = ["lookup-p99", "browse-p50", "cache-hits", "checkout-throughput", "shopping"]
    assert [row.name for row in judged if row.name in goals] == goals
    assert {row.during for row in judged} == {None, *document.file.faults}
    assert {type(row.shape) for row in document.rows} == {Ratio, Limit, Single, Zero}
    assert document.stack_path == ROOT / "shop" / "stack.yaml"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "https://shop.example/a%20b/{id}?q='x'&y=\"z\"",
        "http://[::1]:80/ü/😀\x7f#part",
    ],
)
def test_the_template_is_a_good_file(tmp_path: Path, url: str) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(template(url))
    document = read_claims(path)
    assert document.file.variant_names == ("before", "after")
    claim, shown = document.rows
    assert claim.judged
    assert not shown.judged
    workload = document.file.workloads["page"]
    assert workload.rate == 100
    assert feeds_of(workload) == ()
    assert workload.endpoints[0].request.target.startswith("/")
    assert not isinstance(claim.shape, Single)


@pytest.mark.parametrize(
    "url", ["", "localhost:80", "ftp://a", "http://", "http://a:b", "http://u@a"]
)
def test_the_template_needs_an_http_address(url: str) -> None:
    with pytest.raises(DocumentError, match="an address such as http"):
        template(url)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_the_template_is_good_for_every_path(tmp_path_factory: Any, path: str) -> None:
    file = tmp_path_factory.getbasetemp() / "template.yaml"
    file.write_text(template(f"http://a/{path}"), encoding="utf-8")
    assert len(read_claims(file).rows) == 2


def test_the_schema_in_the_docs_is_that_of_the_code() -> None:
    written = (ROOT / "docs" / "claims.schema.json").read_text()
    assert written == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_schema_knows_every_key_and_tells_what_it_is() -> None:
    schema = json_schema()
    assert schema["required"] == ["assay", "system", "workloads"]
    for name in ("Workload", "MixEntry", "Feed", "Claim", "Information", "Expect"):
        part = schema["$defs"][name]
        assert part["additionalProperties"] is False
    assert "from" in schema["$defs"]["Feed"]["properties"]
    assert schema["$defs"]["Workload"]["properties"]["mix"]["description"]


def test_the_examples_of_the_reference_are_good_files(tmp_path: Path) -> None:
    reference = (ROOT / "docs" / "claims.md").read_text()
    whole, *fragments = re.findall(r"```yaml\n(.*?)```", reference, re.DOTALL)
    assert len(read(tmp_path, whole).rows) == 2
    feeds = "feeds: { product: { values: [a] } }\n"
    variants = next(each for each in fragments if each.startswith("system: stack.yaml"))
    mix = next(each for each in fragments if each.startswith("workloads:"))
    claims = "claims: { a: { says: It is., prove: 'after.browse[\"list\"].p99 <= 20ms' } }\n"
    assert len(read(tmp_path, f"assay: 1\n{variants}{feeds}{mix}{claims}").rows) == 1
    addresses = next(each for each in fragments if each.startswith("system:\n"))
    mix = mix.replace("product-read", "shop")
    assert len(read(tmp_path, f"assay: 1\n{addresses}{feeds}{mix}{claims}").rows) == 1


def test_the_formulas_of_the_reference_are_judged_as_it_says() -> None:
    reference = (ROOT / "docs" / "claims.md").read_text()
    written = reference[reference.index("| written | judged |") :]
    rows = re.findall(r"^\| `(.+?)` \| (?:`(.+?)`|the same) \|$", written, re.MULTILINE)
    assert len(rows) == 4
    same = ""
    for formula, judged in rows:
        same = judged or same
        asked, plain = (question_of(parse_claim(each)) for each in (formula, same))
        if isinstance(asked, Ratio) and isinstance(plain, Ratio):
            plain = replace(plain, offset=asked.offset, slope=asked.slope, unit=asked.unit)
        assert asked == plain
