"""How library records become search documents and result cards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from sqlmodel import Session, col, select

from core import markup, outbox
from core.access import Marking, Tokens, Viewer, load_tokens
from core.attachments import Attachment, list_attachments, sections_of
from core.clock import Clock
from core.content import Card, ContentRef, Place, Section, Signals, SourceDocument
from core.people import Organisation, User, names_of_organisations
from core.tagging import tags_of, topics_of
from core.taxonomy import area_of
from library import queries
from library.kinds import KINDS
from library.models import KIND, Record, RecordKind, RecordStatus, permanent_id

BATCH = 500


class RecordSource:
    """`ContentSource` of the library."""

    kind = KIND

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        """Changed records that are not for the viewer, or not published, any more."""
        changed = set(session.exec(outbox.marked(KIND)))
        if not changed:
            return frozenset()
        seen = select(Record.id).where(queries.listed(viewer), col(Record.id).in_(outbox.marked(KIND)))
        return frozenset(changed.difference(one for one in session.exec(seen) if one is not None))

    def ids(self, session: Session) -> Iterator[int]:
        """Ids of published records, ascending."""
        last = 0
        published = select(Record.id).where(Record.status == RecordStatus.PUBLISHED.value)
        while batch := session.exec(published.where(col(Record.id) > last).order_by(col(Record.id)).limit(BATCH)).all():
            yield from (one for one in batch if one is not None)
            last = batch[-1] or last

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        """Search documents of those ids that are published."""
        rows = select(Record).where(col(Record.id).in_(ids), Record.status == RecordStatus.PUBLISHED.value)
        records = {row.id: row for row in session.exec(rows) if row.id is not None}
        wanted = list(records)
        tokens = load_tokens(session, KIND, wanted)
        topics, tags = topics_of(session, KIND, wanted), tags_of(session, KIND, wanted)
        organisations = names_of_organisations(session, (row.organisation_id for row in records.values()))
        authors = _authors(session, {row.author_id for row in records.values()})
        files, attached = list_attachments(session, KIND, wanted), sections_of(session, KIND, wanted)
        today = self._clock.today()
        return {
            key: _document(
                record,
                tokens=tokens[key],
                topics=topics.get(key, []),
                tags=tags.get(key, []),
                organisation=organisations[record.organisation_id],
                author=authors[record.author_id],
                files=files.get(key, []),
                attached=attached.get(key, []),
                today=today,
            )
            for key, record in records.items()
            if key in tokens
        }

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        """Cards of those records the viewer may see now, in one access query."""
        today = self._clock.today()
        return {key: _card(row, today) for key, row in queries.find_listed(session, viewer, ids).items()}


def _card(row: queries.Listed, today: date) -> Card:
    return Card(
        ref=ContentRef(KIND, row.id),
        title=row.title,
        summary=row.summary,
        kind_label=KINDS[RecordKind(row.kind)].label,
        organisation=row.acronym or row.organisation,
        marking=Marking(row.marking).label,
        language=row.language,
        changed=row.changed_at,
        badges={
            "effect": row.effect,
            "strength": str(row.strength),
            "currency": _currency(row.review_due, today),
            "permanent_id": permanent_id(row.id),
        },
        revision=row.revision,
    )


def _document(
    record: Record,
    *,
    tokens: Tokens,
    topics: list[str],
    tags: list[str],
    organisation: Organisation,
    author: User,
    files: Sequence[Attachment],
    attached: Sequence[Section],
    today: date,
) -> SourceDocument:
    endings = {one.filename.rsplit(".", 1)[-1].lower() for one in files if "." in one.filename}
    areas = {area_of(topic) for topic in topics}
    facets = {
        "kind": (record.kind,),
        "topic": tuple(sorted({*topics, *areas} - {""})),
        "organisation": (organisation.key,),
        "country": (record.country,) if record.country else (),
        "language": (record.language,),
        "year": (str(record.year),),
        "evidence": (str(record.strength),),
        "marking": (record.marking,),
        "filetype": tuple(sorted(endings)),
        "status": (_currency(record.review_due, today),),
        "by": _author_keys(author),
    }
    return SourceDocument(
        ref=record.ref,
        revision=record.revision,
        title=record.title,
        summary=record.summary,
        tags=tuple(tags),
        sections=tuple(_sections(record, attached)),
        language=record.language,
        facets=facets,
        created=record.created_at,
        changed=record.changed_at,
        audience=tokens.audience,
        space=tokens.space,
        signals=Signals(evidence=record.strength, review_due=record.review_due),
    )


def _sections(record: Record, attached: Sequence[Section]) -> Iterator[Section]:
    if record.summary:
        yield Section(record.summary, Place("body", "", "summary"))
    for name, label in KINDS[RecordKind(record.kind)].fields.items():
        if text := record.fields.get(name):
            yield Section(text, Place("body", label, f"field-{name}"))
    yield from markup.sections(record.body_source)
    yield from attached


def _currency(review_due: date | None, today: date) -> str:
    return "overdue" if review_due is not None and review_due < today else "current"


def _author_keys(author: User) -> tuple[str, ...]:
    name = markup.slug(author.name)
    return tuple(sorted({name, *name.split("-")}))


def _authors(session: Session, ids: set[int]) -> dict[int, User]:
    return {row.id: row for row in session.exec(select(User).where(col(User.id).in_(ids))) if row.id is not None}
