"""People of the training tests: two organisations with their officers, supervisors and focal points, the unit, and scorers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.access import Marking, Viewer
from core.people import Organisation, OrganisationKind, Role
from core.settings import Settings
from tests.factories import World
from tests.functional.pages import Visitor
from training.nominations.drafts import LanguageEntry, NominationDraft, ProfileDraft, ScoreDraft, StepDraft
from training.nominations.merit import RUBRIC
from training.nominations.models import Nomination
from training.nominations.service import (
    confirm_profile,
    move_nomination,
    save_profile,
    score_candidate,
    start_nomination,
)
from training.opportunities.drafts import OpportunityDraft, StateDraft
from training.opportunities.service import create_opportunity, move_opportunity

TOPIC = "digital-forensics"


@dataclass
class Course:
    """A course that is open, and everybody whom a nomination to it passes through."""

    world: World
    come: Callable[..., Visitor]
    staff: Viewer
    other_staff: Viewer
    focal: dict[str, Viewer]
    boss: dict[str, Viewer]
    officers: dict[str, list[Viewer]]
    scorers: list[Viewer]
    bodies: dict[str, int]

    def opportunity(self, **changes: Any) -> int:
        """An open opportunity."""
        with self.world.work(self.staff) as work:
            row = create_opportunity(work, self.staff, opportunity_draft(self.staff.organisation_id, **changes))
            number = row.ref.id
            move_opportunity(work, self.staff, number, "open", StateDraft())
            return number

    def nominate(self, officer: Viewer, opportunity: int, *, until: str = "screened") -> int:
        """A nomination, taken as far as is said."""
        with self.world.work(officer) as work:
            draft = NominationDraft(motivation="I examine phones every day.", plan="I will brief my section.")
            number = start_nomination(work, officer, opportunity, draft).ref.id
        key = next(key for key, one in self.bodies.items() if one == officer.organisation_id)
        for verb, who, state in (
            ("submit", officer, "submitted"),
            ("endorse", self.boss[key], "endorsed"),
            ("approve", self.focal[key], "approved"),
            ("screen", self.staff, "screened"),
        ):
            if until == "draft":
                break
            self.move(who, number, verb)
            if state == until:
                break
        return number

    def move(self, who: Viewer, number: int, verb: str, reason: str = "") -> None:
        """One step."""
        with self.world.work(who) as work:
            move_nomination(work, who, number, verb, StepDraft(reason=reason))

    def score(self, who: Viewer, number: int, share: float) -> None:
        """A score that is the same for each criterion."""
        with self.world.work(who) as work:
            score_candidate(work, who, number, score_draft(share))

    def get(self, number: int) -> Nomination:
        """The stored nomination."""
        with self.world.database.reading() as session:
            row = session.get(Nomination, number)
            assert row is not None
            return row


def score_draft(share: float) -> ScoreDraft:
    return ScoreDraft(
        criteria={one.code: share for one in RUBRIC}, notes={one.code: "seen in the papers" for one in RUBRIC}
    )


def opportunity_draft(organisation_id: int, **changes: Any) -> OpportunityDraft:
    values: dict[str, Any] = {
        "kind": "course",
        "title": "Mobile phone examination",
        "host": "Rietmeer Policing Institute",
        "host_country": "NL",
        "place": "Rietmeer",
        "starts_on": date(2027, 2, 1),
        "ends_on": date(2027, 2, 12),
        "deadline": date(2026, 12, 10),
        "language_level": "B1",
        "seats": 2,
        "topics": [TOPIC],
        "organisation_id": organisation_id,
        "marking": Marking.GREEN,
    }
    return OpportunityDraft(**{**values, **changes})


def full_profile(supervisor: int, **changes: Any) -> ProfileDraft:
    values: dict[str, Any] = {
        "service_since": date(2015, 5, 1),
        "posting": "Examiner of the phone laboratory",
        "district": "Zarwan",
        "post_topics": [TOPIC],
        "birth_year": 1990,
        "supervisor_id": supervisor,
        "languages": [LanguageEntry(code="en", level="B2", proof="certificate")],
        "passport_until": date(2029, 1, 1),
        "clearance_until": date(2029, 1, 1),
    }
    return ProfileDraft(**{**values, **changes})


@pytest.fixture
def on_both_databases(tmp_path: Path, database_url: str) -> Settings:
    """Settings of an app on SQLite, then on PostgreSQL: the modules of use cases call it `settings`."""
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        secret_key=SecretStr("a signing key of a test, long enough"),
        embedding="off",
    )


@pytest.fixture
def course(world: World, enter: Callable[..., Visitor]) -> Course:
    unit = world.organisation("ipcu")
    bodies = {"north": world.organisation("north"), "south": world.organisation("south")}
    with world.work() as work:
        for key, strength in (("north", 900), ("south", 100)):
            row = work.session.get(Organisation, bodies[key])
            assert row is not None
            row.strength = strength
        row = work.session.get(Organisation, unit)
        assert row is not None
        row.kind = OrganisationKind.IPCU.value
    people: dict[str, Viewer] = {}

    def person(name: str, organisation: int, *roles: Role) -> Viewer:
        people[name] = world.viewer(world.person(name, organisation, *(roles or (Role.OFFICER,))))
        return people[name]

    focal = {key: person(f"focal-{key}", number, Role.FOCAL_POINT, Role.OFFICER) for key, number in bodies.items()}
    boss = {key: person(f"boss-{key}", number) for key, number in bodies.items()}
    officers = {key: [person(f"officer-{key}-{one}", bodies[key]) for one in range(3)] for key in bodies}
    for key, group in officers.items():
        for one in group:
            with world.work(one) as work:
                row = save_profile(work, one, one.user_id, full_profile(boss[key].user_id))
                revision = row.revision
            with world.work(focal[key]) as work:
                confirm_profile(work, focal[key], one.user_id, revision)
    return Course(
        world=world,
        come=enter,
        staff=person("staff", unit, Role.IPCU_STAFF),
        other_staff=person("other-staff", unit, Role.IPCU_STAFF),
        focal=focal,
        boss=boss,
        officers=officers,
        scorers=[person(f"scorer-{one}", unit, Role.OFFICER) for one in range(3)],
        bodies=bodies,
    )
