"""Public TLP pitfalls (METHODS section 5) on the pure rule."""

import pytest

from core.access import Marked, Marking, Tokens, Viewer, strictest, tokens_of

ADMIN_ELSEWHERE = Viewer(user_id=9, organisation_id=7, audience=frozenset({"member", "org:7", "user:9"}))


def _marked(marking: Marking, organisation: int = 1, **more: object) -> Tokens:
    return tokens_of(Marked(marking=marking, organisation_id=organisation, author_id=5, **more))  # type: ignore[arg-type]


def _member_of(organisation: int) -> Viewer:
    return Viewer(
        user_id=2, organisation_id=organisation, audience=frozenset({"member", f"org:{organisation}", "user:2"})
    )


def test_amber_of_one_organisation_does_not_open_amber_strict_of_another() -> None:
    reader = _member_of(1)
    assert reader.sees(_marked(Marking.AMBER, organisation=1))
    assert not reader.sees(_marked(Marking.AMBER_STRICT, organisation=2))


def test_two_organisations_with_the_same_strict_marking_stay_apart() -> None:
    assert not _member_of(1).sees(_marked(Marking.AMBER_STRICT, organisation=2))
    assert not _member_of(2).sees(_marked(Marking.AMBER_STRICT, organisation=1))


def test_amber_reaches_clients_and_amber_strict_does_not() -> None:
    amber = tokens_of(Marked(marking=Marking.AMBER, organisation_id=1, author_id=5), clients=[3])
    strict = tokens_of(Marked(marking=Marking.AMBER_STRICT, organisation_id=1, author_id=5), clients=[3])
    assert _member_of(3).sees(amber)
    assert not _member_of(3).sees(strict)


def test_red_is_for_named_persons_whatever_their_role() -> None:
    red = _marked(Marking.RED, named_users=frozenset({2}))
    assert _member_of(7).sees(red)
    assert not ADMIN_ELSEWHERE.sees(red)
    assert not Viewer(user_id=8, organisation_id=1, audience=frozenset({"member", "org:1", "user:8"})).sees(red)


def test_a_space_narrows_every_marking() -> None:
    inside = Viewer(user_id=2, organisation_id=1, audience=frozenset({"member"}), spaces=frozenset({"open", "space:4"}))
    closed = _marked(Marking.CLEAR, space_id=4)
    assert inside.sees(closed)
    assert not _member_of(1).sees(closed)


def test_what_has_no_tokens_is_seen_by_nobody() -> None:
    assert not ADMIN_ELSEWHERE.sees(Tokens(frozenset(), frozenset({"open"})))
    assert not ADMIN_ELSEWHERE.sees(Tokens(frozenset({"member"}), frozenset()))


def test_labels_are_those_of_the_standard() -> None:
    assert [one.label for one in Marking] == ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([Marking.GREEN, Marking.AMBER], Marking.AMBER),
        ([Marking.AMBER, Marking.AMBER_STRICT], Marking.AMBER_STRICT),
        ([Marking.RED, Marking.CLEAR], Marking.RED),
    ],
)
def test_the_strictest_marking_wins(given: list[Marking], wanted: Marking) -> None:
    assert strictest(given) is wanted
