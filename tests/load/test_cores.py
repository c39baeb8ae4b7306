"""Who gets which core."""

from assay.load.cores import Cores, divide_cores


def test_the_generator_gets_the_last_core_and_the_system_the_others() -> None:
    assert divide_cores(frozenset({0, 1})) == Cores(1, frozenset({0}))
    assert divide_cores(frozenset({2, 5, 7})) == Cores(7, frozenset({2, 5}))


def test_one_core_is_not_divided() -> None:
    assert divide_cores(frozenset({3})) == Cores(None, None)
