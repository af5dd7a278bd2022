"""What the demo promises of needs: two rounds with answers of twelve organisations, fifteen needs, tied to the records."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from core.access import viewer_of
from core.links import Link, LinkState
from core.people import find_user_by_email
from core.settings import Settings
from library.models import KIND as RECORD
from search.embedding import HashEmbedder
from tests.functional.test_demo import REAL
from training.needs import priority, queries
from training.needs.models import ANSWERED_BY, AssessmentRound, Cause, Need, Reply, Status
from webapp.composition import build_runtime
from webapp.demo.loader import load_demo
from webapp.runtime import Runtime
from webapp.training.needs.demo import _content
from webapp.training.needs.grouping import groups_of


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("needs")
    (folder / "ipcu.sqlite3").write_bytes(blank_database.read_bytes())
    settings = Settings(data_dir=folder, secret_key="a signing key of a test, long enough", embedding="off")
    runtime = build_runtime(settings, web=False, embedder=HashEmbedder())
    load_demo(runtime, lambda done, total: None)
    yield runtime
    runtime.close()


def test_two_rounds_are_answered_by_twelve_organisations(runtime):
    with runtime.reading() as session:
        first, second = session.exec(select(AssessmentRound).order_by(AssessmentRound.id)).all()
        assert (first.status, second.status) == ("closed", "open")
        assert first.due_on < runtime.clock.now().date() < second.due_on
        replies = session.exec(select(Reply)).all()
        assert len({one.organisation_id for one in replies if one.round_id == first.id}) == 12
        assert len([one for one in replies if one.round_id == second.id]) == 9
        results = queries.measured(session, first.ref.id)
    assert len(results) == 10
    assert all(one.priority is not None for one in results)
    assert [one.key for one in priority.by_priority(results)] != [one.key for one in priority.by_strength(results)]


def test_fifteen_needs_of_every_cause_and_state_are_tied_to_records(runtime):
    with runtime.reading() as session:
        needs = session.exec(select(Need)).all()
        links = session.exec(select(Link).where(Link.relation == ANSWERED_BY)).all()
    assert len(needs) == 15
    assert {one.cause for one in needs} == {Cause.SKILL, Cause.PROCEDURE, Cause.EQUIPMENT}
    assert {one.status for one in needs} == {one.value for one in Status} - {Status.CLOSED}
    assert {one.to_kind for one in links} == {RECORD}
    assert len([one for one in links if one.state == LinkState.CONFIRMED]) >= 12
    assert [one for one in links if one.state == LinkState.REJECTED]
    assert any(one.officers is None for one in needs)


def test_some_requests_mean_the_same_and_are_enough_for_a_need(runtime):
    with runtime.reading() as session:
        staff = find_user_by_email(session, "saira.dhanak@exchange.example")
        found = groups_of(runtime, session, viewer_of(session, staff))
    assert [(len(one.members), one.organisations, one.is_enough) for one in found] == [(3, 3, True)]


def test_nothing_of_the_real_world_is_named():
    texts = str(_content("needs.toml")) + str(_content("rounds.toml"))
    assert not REAL.findall(re.sub(r"@exchange\.example", "", texts))
