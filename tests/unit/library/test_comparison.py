"""Lines that two texts do not have in common."""

from hypothesis import given
from hypothesis import strategies as st

from library.comparison import MAX_LINES, Change, compare

texts = st.lists(st.sampled_from("abcd"), max_size=12)


@given(texts, texts)
def test_both_texts_can_be_read_off_the_changes(old: list[str], new: list[str]) -> None:
    lines = compare(old, new)
    assert (lines == []) == (old == new)
    assert [one for one in lines if one.change is Change.REMOVED] or len(new) >= len(old) or not lines
    kept = [one.text for one in lines if one.change in (Change.SAME, Change.REMOVED)]
    after = [one.text for one in lines if one.change in (Change.SAME, Change.ADDED)]
    if lines and not any(one.change is Change.LEFT_OUT for one in lines):
        assert (kept, after) == (old, new)


def test_only_what_is_near_a_change_is_shown() -> None:
    old = [str(number) for number in range(20)]
    new = [*old[:10], "new", *old[11:]]
    shown = [(one.change, one.text) for one in compare(old, new)]
    assert shown == [
        (Change.LEFT_OUT, ""),
        (Change.SAME, "8"),
        (Change.SAME, "9"),
        (Change.REMOVED, "10"),
        (Change.ADDED, "new"),
        (Change.SAME, "11"),
        (Change.SAME, "12"),
        (Change.LEFT_OUT, ""),
    ]


def test_very_long_texts_are_shown_as_a_whole() -> None:
    old, new = ([f"{side}{number}" for number in range(MAX_LINES + 1)] for side in ("a", "b"))
    lines = compare(old, new)
    assert [one.change for one in lines] == [Change.REMOVED] * len(old) + [Change.ADDED] * len(new)
