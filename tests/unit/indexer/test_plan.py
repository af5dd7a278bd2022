"""The planner over the whole matrix of what is expected and what is stored."""

from itertools import product

import pytest

from indexer.plan import Expected, SyncAction, plan
from search.documents import StoredState

CONTENT, STATE, REVISION = ("same", "other"), ("same", "other"), ("older", "equal", "newer")


def wanted(content, state, revision):
    """Said in another way than the code: a table of rules in order."""
    if revision == "newer":
        return SyncAction.STALE
    if content == "other":
        return SyncAction.EMBED
    return SyncAction.METADATA_ONLY if state == "other" or revision == "older" else SyncAction.NOTHING


@pytest.mark.parametrize(("content", "state", "revision"), list(product(CONTENT, STATE, REVISION)))
def test_both_there(content, state, revision):
    stored = StoredState({"older": 4, "equal": 5, "newer": 6}[revision], f"content {content}", f"state {state}")
    expected = Expected("content same", "state same", 5)
    assert plan(expected, stored) is wanted(content, state, revision)


def test_one_side_is_missing():
    expected, stored = Expected("content", "state", 1), StoredState(1, "content", "state")
    assert plan(expected, None) is SyncAction.EMBED
    assert plan(None, stored) is SyncAction.DELETE
    assert plan(None, None) is SyncAction.NOTHING
