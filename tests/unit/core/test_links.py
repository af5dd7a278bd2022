"""Edges between objects that no domain of ours knows: only kind and id count."""

import pytest
from sqlmodel import select

from core.audit import AuditEvent
from core.content import ContentRef
from core.links import Link, LinkState, decide_link, find_link, links_from, links_to, suggest_link, targets

NOTE, PAPER, OTHER = ContentRef("note", 7), ContentRef("paper", 7), ContentRef("paper", 8)


@pytest.fixture
def amina(world):
    return world.person("amina", world.organisation("cid"))


def test_an_edge_is_suggested_once_and_is_nobodys_decision(world):
    with world.work() as work:
        first = suggest_link(work, NOTE, "answers", PAPER)
        assert suggest_link(work, NOTE, "answers", PAPER).id == first.id
        assert (first.state, first.by) == (LinkState.SUGGESTED, None)
    with world.database.reading() as session:
        assert len(session.exec(select(Link)).all()) == 1


def test_a_decision_keeps_who_when_and_why(world, amina):
    with world.work() as work:
        suggest_link(work, NOTE, "answers", PAPER)
        decide_link(
            work, amina, NOTE, "answers", PAPER, LinkState.CONFIRMED, extent="partly", why="Only the law is new."
        )
    with world.database.reading() as session:
        link = find_link(session, NOTE, "answers", PAPER)
        assert (link.state, link.extent, link.by, link.why) == ("confirmed", "partly", amina, "Only the law is new.")
        assert link.at == world.clock.now()
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "link.confirmed")).one()
        assert "law" not in str(event.details)


def test_what_was_rejected_stays_rejected_until_a_person_decides_anew(world, amina):
    with world.work() as work:
        decide_link(work, amina, NOTE, "answers", PAPER, LinkState.REJECTED)
    with world.work() as work:
        assert suggest_link(work, NOTE, "answers", PAPER).state == LinkState.REJECTED
    with world.work() as work:
        assert decide_link(work, amina, NOTE, "answers", PAPER, LinkState.CONFIRMED).state == LinkState.CONFIRMED


def test_both_ends_find_it_by_relation_and_state(world, amina):
    with world.work() as work:
        decide_link(work, amina, NOTE, "answers", PAPER, LinkState.CONFIRMED)
        decide_link(work, amina, NOTE, "answers", OTHER, LinkState.REJECTED)
        decide_link(work, amina, NOTE, "cites", OTHER, LinkState.CONFIRMED)
    with world.database.reading() as session:
        assert targets(links_from(session, "note", [7])) == [PAPER, OTHER, OTHER]
        assert targets(links_from(session, "note", [7], "answers", LinkState.CONFIRMED)) == [PAPER]
        assert [one.relation for one in links_to(session, OTHER)] == ["answers", "cites"]
        assert [one.source for one in links_to(session, OTHER, "cites")] == [NOTE]
        assert not links_to(session, ContentRef("note", 8))
        assert not links_from(session, "paper", [7])


def test_a_suggestion_is_no_decision(world, amina):
    with world.work() as work, pytest.raises(ValueError, match="confirms or rejects"):
        decide_link(work, amina, NOTE, "answers", PAPER, LinkState.SUGGESTED)
