"""Which texts go through the model together."""

from hypothesis import given
from hypothesis import strategies as st

from search.embedding.batches import FEWEST_TOKENS, batches

LENGTHS = st.lists(st.integers(1, 256), max_size=80)


@given(LENGTHS, st.integers(256, 4_096), st.integers(1, 8))
def test_every_text_is_in_one_batch_and_none_is_too_large(lengths: list[int], most: int, at_once: int) -> None:
    found = batches(lengths, most, at_once)
    assert sorted(place for one in found for place in one) == list(range(len(lengths)))
    widths = [max(lengths[place] for place in one) for one in found]
    assert all(len(one) == 1 or len(one) * width <= most for one, width in zip(found, widths, strict=True))
    assert widths == sorted(widths, reverse=True)


@given(LENGTHS, st.integers(2, 4))
def test_every_core_has_work_where_there_is_enough(lengths: list[int], at_once: int) -> None:
    if sum(lengths) >= at_once * FEWEST_TOKENS:
        assert len(batches(lengths, 1_000_000, at_once)) >= at_once


def test_one_core_gets_full_batches() -> None:
    assert list(map(len, batches([100] * 45, 2_000))) == [20, 20, 5]
