"""One maker for each kind of content: what the contract tests over all parts make their objects with.

A new part adds its maker here; `tests/contract/access` fails for a kind that has none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlmodel import SQLModel

from core.access import Marked, Marking, Viewer
from core.db import Database
from core.people import Role
from events_calendar.models import KIND as EVENT
from forums.models import KIND as THREAD
from library.models import KIND as RECORD
from tests import forums_factory
from tests.factories import World
from tests.notes.models import KIND as NOTE
from tests.notes.models import NotesTable
from tests.notes.part import NOTES, write_note
from training.needs.drafts import NeedDraft
from training.needs.models import KIND as NEED
from training.needs.models import Cause
from training.needs.service import create_need, release_need
from training.opportunities.drafts import OpportunityDraft, StateDraft
from training.opportunities.models import KIND as OPPORTUNITY
from training.opportunities.models import OpportunityKind
from training.opportunities.service import create_opportunity, move_opportunity
from webapp.part import Part
from webapp.parts import PARTS

ALL_PARTS: tuple[Part, ...] = (*PARTS, NOTES)
"""What the house must serve alike: the product's parts and one that it has never heard of."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an object is to be like. `text` is its title and, with it, all of its text."""

    text: str
    marking: Marking = Marking.GREEN
    organisations: tuple[int, ...] = ()
    """Further recipients."""
    people: tuple[int, ...] = ()
    """Named persons."""
    space_id: int | None = None


Maker = Callable[[World, Viewer, Wanted], int]


def make_record(world: World, author: Viewer, wanted: Wanted) -> int:
    return world.record(author, **_common(wanted))


def make_event(world: World, author: Viewer, wanted: Wanted) -> int:
    return world.event(author, **_common(wanted))


def make_opportunity(world: World, author: Viewer, wanted: Wanted) -> int:
    """An open one. The catalogue is the unit's, so the author gets that role for the making."""
    maker = replace(author, roles=author.roles | {Role.IPCU_STAFF})
    today = world.clock.now().date()
    draft = OpportunityDraft(
        kind=OpportunityKind.COURSE,
        host="A host",
        starts_on=today + timedelta(days=60),
        ends_on=today + timedelta(days=65),
        deadline=today + timedelta(days=30),
        seats=2,
        organisation_id=author.organisation_id,
        **_common(wanted),
    )
    with world.work(author) as work:
        number = create_opportunity(work, maker, draft).ref.id
        move_opportunity(work, maker, number, "open", StateDraft())
        return number


def make_note(world: World, author: Viewer, wanted: Wanted) -> int:
    marked = Marked(
        marking=wanted.marking,
        organisation_id=author.organisation_id,
        author_id=author.user_id,
        listed_organisations=frozenset(wanted.organisations),
        named_users=frozenset(wanted.people),
        space_id=wanted.space_id,
    )
    with world.work(author) as work:
        return write_note(work, author, wanted.text, marked).ref.id


def make_need(world: World, author: Viewer, wanted: Wanted) -> int:
    with world.work(author) as work:
        need = create_need(work, author, need_draft(author.organisation_id, wanted))
        release_need(work, need)
        return need.ref.id


def need_draft(organisation_id: int, wanted: Wanted, **changes: Any) -> NeedDraft:
    """A valid draft of a need."""
    values: dict[str, Any] = {
        "title": wanted.text,
        "statement": f"{wanted.text}: officers cannot do it.",
        "topic": "drones",
        "organisation_id": organisation_id,
        "officers": 12,
        "level_now": 1,
        "level_wanted": 3,
        "urgency": 4,
        "cause": Cause.SKILL,
        "marking": wanted.marking,
        "listed_organisations": list(wanted.organisations),
        "named_users": list(wanted.people),
        "space_id": wanted.space_id,
    }
    return NeedDraft(**{**values, **changes})


def _common(wanted: Wanted) -> dict[str, Any]:
    return {
        "title": wanted.text,
        "body": wanted.text,
        "marking": wanted.marking,
        "listed_organisations": list(wanted.organisations),
        "named_users": list(wanted.people),
        "space_id": wanted.space_id,
    }


def make_thread(world: World, author: Viewer, wanted: Wanted) -> int:
    return forums_factory.thread(
        world,
        author,
        title=wanted.text,
        body=wanted.text,
        marking=wanted.marking,
        listed_organisations=list(wanted.organisations),
        named_users=list(wanted.people),
        space_id=wanted.space_id,
    )


MAKERS: Mapping[str, Maker] = {
    RECORD: make_record,
    EVENT: make_event,
    THREAD: make_thread,
    NOTE: make_note,
    NEED: make_need,
    OPPORTUNITY: make_opportunity,
}
"""Kind of content to its maker."""


def with_notes(database: Database) -> Database:
    """The database with the table of the part that only tests have."""
    SQLModel.metadata.create_all(database.engine)
    NotesTable.metadata.create_all(database.engine)
    return database
