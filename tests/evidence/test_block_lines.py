import json
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay._engine import Histogram
from assay.evidence import Block, EvidenceError, Machine, Recorded, Slice
from assay.evidence.lines import block_from, block_line, histogram_rows

words = st.text(max_size=12)
sizes = st.integers(0, 2**53)
reals = st.floats(allow_nan=False, allow_infinity=False)
histograms = st.lists(st.tuples(st.integers(1, 60_000_000), st.integers(1, 10**6)), max_size=5).map(
    Histogram.from_counts
)
recordings = st.lists(
    st.builds(Recorded, words, words, st.sampled_from(["latency", "service"]), histograms),
    max_size=4,
    unique_by=lambda r: (r.request, r.outcome, r.clock),
).map(tuple)
blocks = st.builds(
    Block,
    id=words,
    comparison=words,
    pair=sizes,
    position=st.integers(0, 1),
    epoch=sizes,
    variant=words,
    workload=words,
    seed=sizes,
    started_utc=words,
    seconds=reals,
    scheduled=sizes,
    sent=sizes,
    completed=sizes,
    engine_cpu=reals,
    lag=histograms,
    recorded=recordings,
    slices=st.lists(st.builds(Slice, reals, sizes, sizes, reals, reals), max_size=3).map(tuple),
    machine=st.builds(Machine, reals, reals),
    restarted=st.lists(words, max_size=2).map(tuple),
)


@given(blocks)
def test_a_block_comes_back_from_its_line_and_rows(block: Block) -> None:
    counts: defaultdict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for _, request, outcome, clock, upper_us, count in histogram_rows(block):
        counts[request, outcome, clock].append((upper_us, count))
    line = json.loads(json.dumps(block_line(block)))

    back = block_from(line, counts, block.slices)

    assert block_line(back) == block_line(block)
    assert list(histogram_rows(back)) == list(histogram_rows(block))
    assert back.slices == block.slices
    assert back.machine == block.machine


def test_a_clock_of_no_kind_is_refused(make_block) -> None:
    line = block_line(make_block())
    line["recorded"][0]["clock"] = "sundial"
    with pytest.raises(EvidenceError, match="the clock is `sundial`"):
        block_from(line, {}, make_block().slices)
