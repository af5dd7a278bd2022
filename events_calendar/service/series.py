"""Series: events by a rule, each of them an event of its own that may be moved, changed or cancelled."""

from datetime import datetime

from core.access import Viewer
from core.errors import Conflict, Invalid, Message, require
from core.marking import Recipients, mark
from core.uow import UnitOfWork
from events_calendar import policy, queries
from events_calendar.drafts import EventDraft, SeriesDraft
from events_calendar.models import Event, EventState, Series
from events_calendar.recurrence import check_rule, starts_of
from events_calendar.service.events import create_event, new_uid, remove_draft
from events_calendar.zones import to_local


def create_series(work: UnitOfWork, viewer: Viewer, draft: EventDraft, rule: SeriesDraft) -> tuple[Series, list[Event]]:
    """A series with all of its events as drafts. Raises Invalid for a rule without an end, or that gives no event."""
    require(policy.can_create(viewer))
    text = check_rule(rule.rule)
    every = starts_of(text, draft.starts_at, draft.zone)
    left_out = [one for one in every if to_local(one, draft.zone).date() in rule.exceptions]
    starts = [one for one in every if one not in left_out]
    if not starts:
        raise Invalid("The rule gives no event.", {"rule": Message("The rule gives no event.")})
    series = Series(
        uid=new_uid(),
        title=draft.title,
        summary=draft.summary,
        rule=text,
        starts_at=every[0],
        minutes=round((draft.ends_at - draft.starts_at).total_seconds() / 60),
        zone=draft.zone,
        exceptions=[one.isoformat() for one in left_out],
        organisation_id=draft.organisation_id,
        author_id=viewer.user_id,
        marking=draft.marking.value,
        space_id=draft.space_id,
        created_at=work.now,
        changed_at=work.now,
    )
    work.session.add(series)
    work.session.flush()
    events = [
        create_event(work, viewer, draft.moved_to(to_local(slot, draft.zone)), series=series, slot=slot)
        for slot in starts
    ]
    recipients = Recipients(frozenset(draft.listed_organisations), frozenset(draft.named_users))
    mark(work.session, series.ref, policy.audience_of(series, recipients))
    work.audit("series.created", series.ref, events=len(events))
    return series, events


def add_exception(work: UnitOfWork, viewer: Viewer, series_id: int, slot: datetime) -> Series:
    """A start that the rule gives does not take place, and its event was never announced: it goes.

    Raises Conflict for one that people have seen: that is cancelled, with the reason.
    """
    series = queries.get_series(work.session, viewer, series_id)
    found = [one for one in queries.list_in_series(work.session, viewer, series_id) if one.recurrence_id == slot]
    for event in found:
        organisers = queries.organisers_of(work.session, event.ref.id)
        require(policy.can_manage(viewer, event, organisers), "Only who manages the event may do this.")
        if event.state != EventState.DRAFT:
            raise Conflict("People have seen this event: cancel it, so that they are told.")
        remove_draft(work, event)
    require(bool(found) or viewer.user_id == series.author_id, "Only who manages the event may do this.")
    series.exceptions = sorted({*series.exceptions, slot.isoformat()})
    series.sequence += 1
    series.changed_at = work.now
    work.session.add(series)
    work.audit("series.exception", series.ref, at=slot.isoformat())
    return series
