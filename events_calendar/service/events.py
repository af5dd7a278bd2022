"""Writing, changing and cloning events."""

import secrets
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from core.access import Tokens, Viewer, drop_tokens, load_tokens
from core.errors import Conflict, Forbidden, Invalid, Message, require
from core.marking import Recipients, check_recipients, check_space, is_wider, keep_own_access, mark, set_recipients
from core.markup import Rendered
from core.people import get_user
from core.tagging import set_tags, set_topics
from core.uow import UnitOfWork
from events_calendar import policy, queries
from events_calendar.drafts import EventDraft
from events_calendar.models import KIND, Approval, Event, EventKind, EventOrganiser, EventState, Series
from events_calendar.service.registering import serve_line
from events_calendar.service.telling import follow_end, renew_deadlines, tell_registered
from events_calendar.zones import MINUTE, to_local

UID_HOST = "knowledge-exchange.invalid"
"""Makes the identities of iCalendar global; a name that is reserved and nobody's."""


def create_event(
    work: UnitOfWork, viewer: Viewer, draft: EventDraft, *, series: Series | None = None, slot: datetime | None = None
) -> Event:
    """Save a new draft; of a series, the one at the time `slot` that its rule gives.

    Raises Invalid for an organisation, organiser, recipient or space that is not the viewer's to name.
    """
    require(policy.can_create(viewer))
    _check_source(viewer, draft.organisation_id)
    _check_references(work.session, viewer, draft)
    event = Event(
        uid=series.uid if series else new_uid(),
        kind=draft.kind.value,
        title=draft.title,
        body_source="",
        body_html="",
        rendered_by=0,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        zone=draft.zone,
        organisation_id=draft.organisation_id,
        author_id=viewer.user_id,
        marking=draft.marking.value,
        series_id=series.id if series else None,
        recurrence_id=slot,
        created_at=work.now,
        changed_at=work.now,
    )
    _fill(event, draft)
    work.session.add(event)
    work.session.flush()
    keep_own_access(viewer, _store_relations(work.session, event, draft))
    work.audit("event.created", event.ref, kind=event.kind, marking=event.marking)
    return event


def edit_event(work: UnitOfWork, viewer: Viewer, event_id: int, draft: EventDraft) -> Event:
    """Change an event; who is registered is told when time or place change.

    Raises Conflict when somebody saved in between, Forbidden for widening by another than the source, Invalid for fewer seats
    than are taken.
    """
    event = queries.get_event(work.session, viewer, event_id)
    organisers = queries.organisers_of(work.session, event_id)
    require(policy.can_edit(viewer, event, organisers), "You can read this event but not change it.")
    if draft.revision is not None and draft.revision != event.revision:
        raise Conflict("Somebody else saved this event while you were writing. Compare, then save again.")
    if draft.organisation_id != event.organisation_id:
        _check_source(viewer, draft.organisation_id)
    _check_references(work.session, viewer, draft, known=event)
    _check_seats(work.session, event, draft)
    before = load_tokens(work.session, KIND, [event_id])[event_id]
    may_widen = policy.can_widen(viewer, event, organisers)
    old_marking, old_facts, old_start = event.marking, _public_facts(event), event.starts_at
    _fill(event, draft)
    event.organisation_id = draft.organisation_id
    tokens = _store_relations(work.session, event, draft)
    if is_wider(work.session, tokens, before) and not may_widen:
        raise Forbidden("Only the source organisation may widen who sees this event. You may tighten it.")
    keep_own_access(viewer, tokens)
    has_moved = _public_facts(event) != old_facts
    touch_event(work, event, "edit", is_public=has_moved)
    work.audit("event.edited", event.ref, revision=event.revision)
    if old_marking != event.marking:
        work.audit("event.marked", event.ref, before=old_marking, after=event.marking)
    if has_moved and event.state != EventState.DRAFT:
        tell_registered(work, event, "event.changed", but=viewer.user_id)
    if event.starts_at != old_start:
        renew_deadlines(work, event)
    if event.state != EventState.DRAFT:
        follow_end(work, event)
    serve_line(work, event)
    return event


def clone_event(work: UnitOfWork, viewer: Viewer, event_id: int, starts: datetime) -> Event:
    """A new draft like an event, at another time on the clock of its zone; of nobody but who clones it."""
    detail = queries.get_detail(work.session, viewer, event_id)
    require(policy.can_manage(viewer, detail.event, detail.organisers), "Only who manages an event may copy it.")
    draft = draft_of(detail).moved_to(starts)
    organisation = draft.organisation_id
    if not policy.can_write_for(viewer, organisation):
        organisation = viewer.organisation_id
    blank = {"organisation_id": organisation, "organisers": [], "recording_link": "", "revision": None}
    return create_event(work, viewer, draft.model_copy(update=blank))


def draft_of(detail: queries.EventDetail) -> EventDraft:
    """What a stored event says, as a draft."""
    event = detail.event
    ends = to_local(event.ends_at - MINUTE if event.is_all_day else event.ends_at, event.zone)
    return EventDraft.model_construct(
        **{name: getattr(event, name) for name in EventDraft.model_fields if hasattr(event, name)}
        | {
            "body": Rendered(event.body_source, event.body_html, event.rendered_by),
            "starts": to_local(event.starts_at, event.zone),
            "ends": ends,
            "opens": to_local(event.opens_at, event.zone) if event.opens_at else None,
            "closes": to_local(event.closes_at, event.zone) if event.closes_at else None,
            "kind": EventKind(event.kind),
            "approval": Approval(event.approval),
            "organisers": sorted(detail.organisers),
            "topics": detail.topics,
            "tags": detail.tags,
            "marking": event.tlp,
            "listed_organisations": sorted(detail.recipients.organisations),
            "named_users": sorted(detail.recipients.users),
        }
    )


def touch_event(work: UnitOfWork, event: Event, reason: str, *, is_public: bool) -> None:
    """Raise the revision and tell search; with `is_public` calendars that have the event are to replace theirs."""
    event.revision += 1
    event.changed_at = work.now
    if is_public:
        event.sequence += 1
    work.session.add(event)
    work.mark_dirty(event.ref, reason)


def remove_draft(work: UnitOfWork, event: Event) -> None:
    """A draft that nobody has seen goes, with all that belongs to it."""
    assert event.state == EventState.DRAFT
    ref = event.ref
    mine = delete(EventOrganiser).where(col(EventOrganiser.event_id) == ref.id)
    work.session.execute(mine.execution_options(synchronize_session="fetch"))
    set_topics(work.session, ref, [])
    set_tags(work.session, ref, [])
    set_recipients(work.session, ref, [], [])
    drop_tokens(work.session, ref)
    work.session.delete(event)
    work.audit("event.removed", ref)


def new_uid() -> str:
    """An identity for iCalendar."""
    return f"{secrets.token_hex(16)}@{UID_HOST}"


def _public_facts(event: Event) -> tuple[object, ...]:
    """What people put into their own calendars."""
    return (event.starts_at, event.ends_at, event.is_all_day, event.zone, event.place, event.online_link)


def _fill(event: Event, draft: EventDraft) -> None:
    event.body_source, event.body_html = draft.body.source, draft.body.html
    event.rendered_by = draft.body.version
    event.kind = draft.kind.value
    event.marking = draft.marking.value
    event.approval = draft.approval.value
    event.starts_at, event.ends_at = draft.starts_at, draft.ends_at
    event.opens_at, event.closes_at = draft.opens_at, draft.closes_at
    for name in (
        "title",
        "summary",
        "zone",
        "is_all_day",
        "place",
        "online_link",
        "link_minutes",
        "speakers",
        "country",
        "language",
        "space_id",
        "capacity",
        "organisation_seats",
        "offer_hours",
        "is_interest_only",
        "is_chatham_house",
        "questions",
        "recording_link",
    ):
        setattr(event, name, getattr(draft, name))


def _store_relations(session: Session, event: Event, draft: EventDraft) -> Tokens:
    session.flush()
    mine = delete(EventOrganiser).where(col(EventOrganiser.event_id) == event.ref.id)
    session.execute(mine.execution_options(synchronize_session="fetch"))
    session.add_all(EventOrganiser(event_id=event.ref.id, user_id=one) for one in sorted(set(draft.organisers)))
    set_topics(session, event.ref, draft.topics)
    set_tags(session, event.ref, draft.tags)
    recipients = Recipients(frozenset(draft.listed_organisations), frozenset(draft.named_users))
    return mark(session, event.ref, policy.audience_of(event, recipients))


def _check_source(viewer: Viewer, organisation_id: int) -> None:
    if not policy.can_write_for(viewer, organisation_id):
        message = Message("You can write for your own organisation and those above it.")
        raise Invalid(message, {"organisation_id": message})


def _check_references(session: Session, viewer: Viewer, draft: EventDraft, known: Event | None = None) -> None:
    check_recipients(session, {draft.organisation_id, *draft.listed_organisations}, draft.named_users)
    check_space(viewer, draft.space_id, known.space_id if known else None)
    for user_id in draft.organisers:
        get_user(session, user_id)


def _check_seats(session: Session, event: Event, draft: EventDraft) -> None:
    taken = queries.seats_of(session, [event.ref.id]).get(event.ref.id, queries.Seats()).taken
    if draft.capacity is not None and not draft.is_interest_only and draft.capacity < taken:
        message = Message("More seats are taken already: nobody loses one that he has.")
        raise Invalid(message, {"capacity": message})
