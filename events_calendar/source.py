"""How events become search documents and result cards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from core import markup, outbox
from core.access import Marking, Tokens, Viewer, load_tokens
from core.attachments import sections_of
from core.clock import Clock
from core.content import Card, ContentRef, Place, Section, SourceDocument
from core.people import Organisation, User, names_of_organisations
from core.tagging import tags_of, topics_of
from core.taxonomy import area_of
from events_calendar import queries
from events_calendar.kinds import KIND_LABELS
from events_calendar.models import KIND, Event, EventKind, EventMinutes, EventState
from events_calendar.zones import to_local

BATCH = 500


class EventSource:
    """`ContentSource` of the calendar."""

    kind = KIND

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        """Changed events that are not for the viewer, or not announced, any more."""
        changed = set(session.exec(outbox.marked(KIND)))
        if not changed:
            return frozenset()
        seen = select(Event.id).where(queries.listed(viewer), col(Event.id).in_(outbox.marked(KIND)))
        return frozenset(changed.difference(one for one in session.exec(seen) if one is not None))

    def ids(self, session: Session) -> Iterator[int]:
        """Ids of announced events, ascending."""
        last = 0
        rows = select(Event.id).where(Event.state != EventState.DRAFT.value)
        while batch := session.exec(rows.where(col(Event.id) > last).order_by(col(Event.id)).limit(BATCH)).all():
            yield from (one for one in batch if one is not None)
            last = batch[-1] or last

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        """Search documents of those ids that are announced."""
        rows = select(Event).where(col(Event.id).in_(ids), Event.state != EventState.DRAFT.value)
        events = {row.id: row for row in session.exec(rows) if row.id is not None}
        wanted = list(events)
        tokens = load_tokens(session, KIND, wanted)
        topics, tags = topics_of(session, KIND, wanted), tags_of(session, KIND, wanted)
        organisations = names_of_organisations(session, (row.organisation_id for row in events.values()))
        authors = _authors(session, {row.author_id for row in events.values()})
        minutes = queries.list_minutes(session, wanted)
        files = sections_of(session, KIND, wanted)
        now = self._clock.now()
        return {
            key: _document(
                event,
                tokens=tokens[key],
                topics=topics.get(key, []),
                tags=tags.get(key, []),
                organisation=organisations[event.organisation_id],
                author=authors[event.author_id],
                sections=[*_sections(event, minutes.get(key, [])), *files.get(key, [])],
                now=now,
            )
            for key, event in events.items()
            if key in tokens
        }

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        """Cards of those events the viewer may see now, in one access query."""
        now = self._clock.now()
        return {key: _card(row, now) for key, row in queries.find_listed(session, viewer, ids).items()}


def status_of(state: str, ends_at: datetime, now: datetime) -> str:
    """Value of the facet `status`: upcoming, past or cancelled."""
    if state == EventState.CANCELLED:
        return "cancelled"
    return "past" if ends_at <= now else "upcoming"


def _card(row: queries.Listed, now: datetime) -> Card:
    return Card(
        ref=ContentRef(KIND, row.id),
        title=row.title,
        summary=row.summary,
        kind_label=KIND_LABELS[EventKind(row.kind)],
        organisation=row.acronym or row.organisation,
        marking=Marking(row.marking).label,
        language=row.language,
        changed=row.changed_at,
        badges={
            "starts": row.starts_at.isoformat(),
            "status": status_of(row.state, row.ends_at, now),
            "state": row.state,
            "seats": "full" if row.is_full else "free" if row.state == EventState.OPEN else "",
        },
    )


def _document(
    event: Event,
    *,
    tokens: Tokens,
    topics: list[str],
    tags: list[str],
    organisation: Organisation,
    author: User,
    sections: list[Section],
    now: datetime,
) -> SourceDocument:
    name = markup.slug(author.name)
    facets = {
        "kind": (event.kind,),
        "topic": tuple(sorted({*topics, *(area_of(topic) for topic in topics)} - {""})),
        "organisation": (organisation.key,),
        "country": (event.country,) if event.country else (),
        "language": (event.language,),
        "year": (str(to_local(event.starts_at, event.zone).year),),
        "marking": (event.marking,),
        "status": (status_of(event.state, event.ends_at, now),),
        "by": tuple(sorted({name, *name.split("-")})),
    }
    return SourceDocument(
        ref=event.ref,
        revision=event.revision,
        title=event.title,
        summary=event.summary,
        tags=tuple(tags),
        sections=tuple(sections),
        language=event.language,
        facets=facets,
        created=event.created_at,
        changed=event.changed_at,
        audience=tokens.audience,
        space=tokens.space,
    )


def _sections(event: Event, minutes: list[EventMinutes]) -> Iterator[Section]:
    if event.summary:
        yield Section(event.summary, Place("body", "", "summary"))
    if event.speakers:
        yield Section(event.speakers, Place("body", "Speakers", "speakers"))
    yield from markup.sections(event.body_source)
    if minutes:
        newest = minutes[0]
        if newest.key_points:
            yield Section(newest.key_points, Place("body", "Key points", "key-points"))
        for section in markup.sections(newest.body_source):
            yield Section(section.text, Place("body", section.place.label or "Minutes", "minutes"))


def _authors(session: Session, ids: set[int]) -> dict[int, User]:
    return {row.id: row for row in session.exec(select(User).where(col(User.id).in_(ids))) if row.id is not None}
