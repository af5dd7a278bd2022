"""Every file does what its name says; commits, time and the environment have one place each."""

import pytest

from tests.architecture import rooms
from tests.architecture.source import ROOT, Module, listing, of_tests, project
from tests.architecture.table import DOMAINS, ROOMS, WITHIN, WITHOUT
from webapp.parts import TABLES

REASONS = {
    rooms.policy_without_session: "A policy is a pure answer from viewer and object: load first, then ask. So it can be "
    "tested as a table and used in templates.",
    rooms.service_without_web: "A service is called by views, command line and jobs alike; it raises domain errors and "
    "leaves the transaction to the unit of work.",
    rooms.queries_only_read: "A read that writes surprises everyone who pages through a list. Make it a use case in service.",
    rooms.drafts_without_tables: "A table model accepts anything when it is made; a draft is there to validate.",
    rooms.tables_only_in_models: "Tables of a domain live in its models.py.",
    rooms.tables_without_future: "Postponed annotations break list relationships in SQLModel, at the first query only.",
    rooms.one_commit_point: "Only core/uow.py commits: dirty marks and audit events must be in the same transaction.",
    rooms.naive_time: "Times are aware UTC, from the clock that was passed in.",
    rooms.environment_read_once: "core/settings is the only reader of the environment: add a setting there.",
    rooms.docstring_first: "A reader meets the docstring first: one to five lines, what it is for and what it promises.",
}
BAD = {
    rooms.policy_without_session: ("library/policy.py", "def can_read(viewer, session): ..."),
    rooms.service_without_web: ("library/service/review.py", "from flask import abort"),
    rooms.queries_only_read: ("library/queries.py", "def list_all(session):\n    session.add(1)"),
    rooms.drafts_without_tables: ("library/drafts.py", "class Draft(SQLModel, table=True): ..."),
    rooms.tables_only_in_models: ("library/kinds.py", "class Kind(SQLModel, table=True): ..."),
    rooms.tables_without_future: (
        "core/people.py",
        "from __future__ import annotations\nclass User(SQLModel, table=True): ...",
    ),
    rooms.one_commit_point: ("library/service.py", "def publish(work):\n    work.session.commit()"),
    rooms.naive_time: ("core/clock.py", "datetime.now()"),
    rooms.environment_read_once: ("webapp/app.py", "import os\nos.environ['IPCU_DEMO']"),
    rooms.docstring_first: ("core/things.py", "A = 1"),
    rooms.no_waiting: ("tests/unit/test_bad.py", "import time\ntime.sleep(1)"),
}


@pytest.mark.parametrize("rule", REASONS, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule):
    offences = [offence for module in project() for offence in rule(module)]
    assert not offences, listing(offences, REASONS[rule])


@pytest.mark.parametrize("rule", BAD, ids=lambda rule: rule.__name__)
def test_the_rule_sees_a_bad_example(rule):
    assert rule(Module(*BAD[rule]))


@pytest.mark.parametrize("rule", [rooms.no_waiting, rooms.docstring_first], ids=lambda rule: rule.__name__)
def test_the_tests_keep_the_rule(rule):
    offences = [offence for module in of_tests() for offence in rule(module)]
    assert not offences, listing(offences, "Wait for the event, not for a time; say what a test file is about.")


@pytest.mark.parametrize(
    "text", ["datetime.now(UTC)", "datetime.fromtimestamp(1, tz=UTC)", "clock.now()", "self.now()"]
)
def test_aware_times_are_fine(text):
    assert not rooms.naive_time(Module("core/clock.py", text))


@pytest.mark.parametrize("text", ["datetime.utcnow()", "date.today()", "datetime.fromtimestamp(1)"])
def test_naive_times_are_seen(text):
    assert rooms.naive_time(Module("core/clock.py", text))


@pytest.mark.parametrize("domain", [folder for name in DOMAINS for folder in rooms.folders_of(name)])
def test_a_domain_has_all_rooms(domain):
    missing = [room for room in missing_rooms(ROOT / domain) if room not in WITHOUT.get(domain, ())]
    assert not missing, f"{domain}/ lacks {missing}: every domain package has the same rooms (DESIGN section 2)."


def test_a_room_that_is_excused_is_not_there():
    for domain, excused in WITHOUT.items():
        assert excused == set(missing_rooms(ROOT / domain)), f"Take what {domain} has off table.WITHOUT."


def test_a_domain_of_several_has_only_those_of_the_table():
    for name, parts in WITHIN.items():
        found = {path.parent.name for path in (ROOT / name).glob("*/__init__.py")}
        assert found <= set(parts), f"Enter {sorted(found - set(parts))} in table.WITHIN, at its place in the order."
        assert rooms.folders_of(name), f"{name} has none of its parts."


def test_parts_of_a_domain_import_only_those_before_them():
    offences = [offence for module in project() for offence in rooms.against_the_order(module)]
    assert not offences, listing(offences, "The order is that of table.WITHIN: needs know nothing of nominations.")


def test_an_import_against_the_order_is_seen():
    assert rooms.against_the_order(Module("training/needs/service/needs.py", "from training.ledger import models"))
    assert not rooms.against_the_order(Module("training/ledger/source.py", "from training.needs import models"))


def test_a_missing_room_is_seen(tmp_path):
    (tmp_path / "models.py").touch()
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "__init__.py").touch()
    assert missing_rooms(tmp_path) == ["drafts", "policy", "queries", "source"]


def missing_rooms(folder):
    return [
        room for room in ROOMS if not (folder / f"{room}.py").exists() and not (folder / room / "__init__.py").exists()
    ]


def test_migrations_know_every_module_with_tables():
    found = {module.name for module in project() if rooms.tables(module)}
    listed = {module.__name__ for module in TABLES}
    assert found == listed, "Enter the module in webapp/parts.py: otherwise its tables get no migration."


@pytest.mark.parametrize("place", [*rooms.COMMITS, *rooms.ENVIRONMENT])
def test_an_exception_is_for_something_that_exists(place):
    assert (ROOT / place).exists(), f"{place} is gone; take it off the list of exceptions."
