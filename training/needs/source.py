"""How training needs become search documents and result cards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlmodel import Session, col, select

from core import outbox
from core.access import Tokens, Viewer, load_tokens
from core.content import Card, Place, Section, SourceDocument
from core.people import Organisation, names_of_organisations
from core.taxonomy import area_of
from training.needs import queries
from training.needs.lifecycle import STATUS_LABELS
from training.needs.models import KIND, Need, Status

_IS_INDEXED = col(Need.status) != Status.DRAFT.value


class NeedSource:
    """`ContentSource` of training needs: everything but drafts."""

    kind = KIND

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        """Changed needs that are not for the viewer any more."""
        changed = set(session.exec(outbox.marked(KIND)))
        if not changed:
            return frozenset()
        seen = select(Need.id).where(queries.indexed(viewer), col(Need.id).in_(changed))
        return frozenset(changed.difference(one for one in session.exec(seen) if one is not None))

    def ids(self, session: Session) -> Iterator[int]:
        """Ids of what is indexed, ascending."""
        rows = session.exec(select(Need.id).where(_IS_INDEXED).order_by(col(Need.id)))
        yield from (one for one in rows if one is not None)

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        """Search documents of those ids that are indexed."""
        needs = session.exec(select(Need).where(col(Need.id).in_(ids), _IS_INDEXED)).all()
        tokens = load_tokens(session, KIND, [one.ref.id for one in needs])
        bodies = names_of_organisations(session, (one.organisation_id for one in needs))
        return {
            one.ref.id: _document(one, tokens[one.ref.id], bodies[one.organisation_id])
            for one in needs
            if one.ref.id in tokens
        }

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        """Cards of those needs the viewer may see now."""
        rows = session.exec(select(Need).where(queries.indexed(viewer), col(Need.id).in_(list(ids)))).all()
        bodies = names_of_organisations(session, (one.organisation_id for one in rows))
        return {one.ref.id: _card(one, bodies[one.organisation_id]) for one in rows}


def _document(need: Need, tokens: Tokens, organisation: Organisation) -> SourceDocument:
    topics = {need.topic, need.cross_cutting} - {""}
    return SourceDocument(
        ref=need.ref,
        revision=need.revision,
        title=need.title,
        summary="",
        tags=(),
        sections=tuple(_sections(need)),
        language=need.language,
        facets={
            "kind": (KIND,),
            "topic": tuple(sorted(topics | {area_of(topic) for topic in topics})),
            "organisation": (organisation.key,),
            "country": (organisation.country,) if organisation.country else (),
            "language": (need.language,),
            "year": (str(need.created_at.year),),
            "marking": (need.marking,),
        },
        created=need.created_at,
        changed=need.changed_at,
        audience=tokens.audience,
        space=tokens.space,
    )


def _sections(need: Need) -> Iterator[Section]:
    yield Section(need.statement, Place("body", "", "statement"))
    if need.profile:
        yield Section(need.profile, Place("body", "Target profile", "profile"))
    if need.incidents:
        yield Section(need.incidents, Place("body", "Evidence", "evidence"))


def _card(need: Need, organisation: Organisation) -> Card:
    return Card(
        ref=need.ref,
        title=need.title,
        summary=need.statement[:300],
        kind_label="Training need",
        organisation=organisation.acronym or organisation.name,
        marking=need.tlp.label,
        language=need.language,
        changed=need.changed_at,
        badges={
            "status": need.status,
            "status_label": STATUS_LABELS[Status(need.status)],
            "urgency": str(need.urgency),
        },
    )
