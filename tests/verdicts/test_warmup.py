"""When a load has become steady."""

import pytest

from assay.evidence import Slice
from assay.verdicts import rising, steady_at


@pytest.mark.parametrize(
    ("why", "medians", "second"),
    [
        ("alike from the start: still a second", [100, 100, 100, 100, 100], 1.0),
        ("falling, then alike", [900, 500, 300, 200, 204, 202], 2.5),
        ("within 5%", [100, 102, 105, 104], 1.0),
        ("just beyond 5%", [100, 102, 106], None),
        ("never alike", [100, 200, 100, 200, 100, 200], None),
        ("noise about one level", [100, 110, 90, 100] * 3, 5.5),
        ("noise about levels that fall", [*[300, 330] * 2, *[200, 220] * 2, *[100, 110] * 2], None),
        ("a slice without an answer is not steady", [0, 0, 0, 0, 0], None),
        ("nothing seen", [], None),
    ],
)
def test_steady_at(why, medians, second):
    slices = [Slice(i * 0.5, int(us > 0), 0, us, us) for i, us in enumerate(medians)]
    assert steady_at(slices) == second, why


@pytest.mark.parametrize(
    ("why", "done", "rises"),
    [
        ("nothing is known of one", [10.0], True),
        ("nor of two", [10.0, 10.0], True),
        ("alike", [10.0, 10.0, 10.4], False),
        ("still more", [10.0, 11.0, 13.0], True),
        ("more at first", [5.0, 10.0, 10.0, 10.2], False),
        ("less", [10.0, 10.0, 8.0], False),
        ("nothing is done", [0.0, 0.0, 0.0], False),
    ],
)
def test_rising(why, done, rises):
    assert rising(done) is rises, why
