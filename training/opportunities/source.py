"""How opportunities become search documents and result cards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlmodel import Session, col, select

from core import markup, outbox
from core.access import Tokens, Viewer, load_tokens
from core.content import Card, Place, Section, SourceDocument
from core.people import Organisation, names_of_organisations
from core.tagging import tags_of, topics_of
from core.taxonomy import area_of
from training.opportunities import queries
from training.opportunities.models import KIND, Opportunity

BATCH = 500
KIND_LABEL = "Opportunity"


class OpportunitySource:
    """`ContentSource` of the catalogue."""

    kind = KIND

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        """Changed ones that are not for the viewer, or a draft, any more."""
        changed = set(session.exec(outbox.marked(KIND)))
        return frozenset(changed.difference(queries.find_listed(session, viewer, changed))) if changed else frozenset()

    def ids(self, session: Session) -> Iterator[int]:
        """Ids of listed opportunities, ascending."""
        last = 0
        rows = select(Opportunity.id).where(col(Opportunity.state).in_(queries.LISTED))
        while batch := session.exec(
            rows.where(col(Opportunity.id) > last).order_by(col(Opportunity.id)).limit(BATCH)
        ).all():
            yield from (one for one in batch if one is not None)
            last = batch[-1] or last

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        """Search documents of those ids that are listed."""
        found = session.exec(
            select(Opportunity).where(col(Opportunity.id).in_(ids), col(Opportunity.state).in_(queries.LISTED))
        )
        rows = {row.id: row for row in found if row.id is not None}
        wanted = list(rows)
        tokens = load_tokens(session, KIND, wanted)
        topics, tags = topics_of(session, KIND, wanted), tags_of(session, KIND, wanted)
        bodies = names_of_organisations(session, (row.organisation_id for row in rows.values()))
        return {
            key: _document(row, tokens[key], topics.get(key, []), tags.get(key, []), bodies[row.organisation_id])
            for key, row in rows.items()
            if key in tokens
        }

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        """Cards of those the viewer may see now."""
        rows = queries.find_listed(session, viewer, ids)
        bodies = names_of_organisations(session, (row.organisation_id for row in rows.values()))
        return {key: _card(row, bodies[row.organisation_id]) for key, row in rows.items()}


def _card(row: Opportunity, organisation: Organisation) -> Card:
    return Card(
        ref=row.ref,
        title=row.title,
        summary=row.summary,
        kind_label=KIND_LABEL,
        organisation=organisation.acronym or organisation.name,
        marking=row.tlp.label,
        language=row.written_in,
        changed=row.changed_at,
        badges={
            "kind": row.kind,
            "state": row.state,
            "deadline": row.deadline.isoformat(),
            "seats": str(row.seats),
            "host": row.host,
        },
    )


def _document(
    row: Opportunity, tokens: Tokens, topics: list[str], tags: list[str], body: Organisation
) -> SourceDocument:
    areas = {area_of(topic) for topic in topics}
    return SourceDocument(
        ref=row.ref,
        revision=row.revision,
        title=row.title,
        summary=row.summary,
        tags=tuple(tags),
        sections=tuple(_sections(row)),
        language=row.written_in,
        facets={
            "kind": (KIND,),
            "topic": tuple(sorted({*topics, *areas} - {""})),
            "organisation": (body.key,),
            "country": (row.host_country,) if row.host_country else (),
            "language": (row.language,),
            "year": (str(row.starts_on.year),),
            "marking": (row.marking,),
            "status": (f"opportunity-{row.state}",),
        },
        created=row.created_at,
        changed=row.changed_at,
        audience=tokens.audience,
        space=tokens.space,
    )


def _sections(row: Opportunity) -> Iterator[Section]:
    if row.summary:
        yield Section(row.summary, Place("body", "", "summary"))
    where = ", ".join(part for part in (row.host, row.place) if part)
    yield Section(f"{where}. {row.costs}".strip(), Place("body", "Host", "facts"))
    yield from markup.sections(row.body_source)
    if row.criteria:
        yield Section(row.criteria, Place("body", "Criteria", "criteria"))
