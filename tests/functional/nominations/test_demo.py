"""The demo of training is whole, and its ledger has something to say."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from core.access import Viewer, viewer_of
from core.people import Organisation, User
from core.settings import Settings
from search.embedding import HashEmbedder
from training.ledger.queries import Ledger, list_years, read_ledger
from training.ledger.service import preview_round
from training.nominations import queries
from training.nominations.models import Nomination, NominationState, ReportBack
from training.opportunities.models import Opportunity
from webapp.composition import build_runtime
from webapp.demo.loader import load_demo
from webapp.runtime import Runtime


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "ipcu.sqlite3").write_bytes(blank_database.read_bytes())
    settings = Settings(data_dir=folder, secret_key="a signing key of a test, long enough", embedding="off")
    runtime = build_runtime(settings, web=False, embedder=HashEmbedder())
    load_demo(runtime, lambda done, total: None)
    yield runtime
    runtime.close()


def person(runtime: Runtime, email: str) -> Viewer:
    with runtime.reading() as session:
        user = session.exec(select(User).where(User.email == f"{email}@exchange.example")).one()
        return viewer_of(session, user)


def ledger(runtime: Runtime) -> Ledger:
    with runtime.reading() as session:
        return read_ledger(session, runtime.clock.now().date())


def test_there_is_as_much_as_was_promised(demo: Runtime) -> None:
    with demo.reading() as session:
        offers, rows = session.exec(select(Opportunity)).all(), session.exec(select(Nomination)).all()
    assert (len(offers), len(rows)) == (16, 80)
    assert {row.state for row in offers} == {"open", "closed", "decided", "held", "cancelled"}
    assert len({row.state for row in rows}) >= 11
    assert {row.state for row in rows} <= {state.value for state in NominationState}
    assert max(Counter((row.opportunity_id, row.user_id) for row in rows).values()) == 1


def test_the_ledger_is_skewed_and_says_so(demo: Runtime) -> None:
    found = ledger(demo)
    ratios = {line.organisation.key: line.ratio for line in found.lines}
    assert found.gini > 0.4
    assert ratios["fdoa"] > 1.15
    assert ratios["zarwan-district"] < 0.85
    assert {"zarwan-district", "railway-police"} <= {line.organisation.key for line in found.quiet}
    with demo.reading() as session:
        years = list_years(session, demo.clock.now().date(), "Nilabad")
    assert len(years) >= 4
    assert any(year.overrides for year in years)
    assert any(year.named for year in years)


def test_report_backs_are_overdue(demo: Runtime) -> None:
    today = demo.clock.now().date()
    with demo.reading() as session:
        overdue = [row for row in session.exec(select(ReportBack)) if row.overdue(today)]
        assert len(overdue) >= 2
        staff = person(demo, "farah.temuri")
        assert len(queries.list_overdue(session, staff, today)) == len(overdue)


def test_the_round_that_waits_can_be_previewed(demo: Runtime) -> None:
    with demo.reading() as session:
        offer = session.exec(select(Opportunity).where(Opportunity.state == "closed")).one()
        found = preview_round(session, person(demo, "farah.temuri"), offer.id or 0, demo.clock.now().date())
        bodies = {row.id: row.key for row in session.exec(select(Organisation))}
    assert len(found.allocation.seats) == offer.seats
    assert found.allocation.below_floor
    assert {bodies[seat.candidate.organisation] for seat in found.allocation.seats} - {"fdoa", "nbps"}
