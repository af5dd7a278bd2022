"""How the library is registered with the house."""

from flask_babel import lazy_gettext as _
from sqlmodel import Session

from core.access import Viewer
from core.following import followed_topics
from library import models, queries, reviewing
from library.kinds import EFFECT_LABELS, KINDS, STATUS_LABELS, STRENGTH_LABELS
from library.models import KIND, REVISION, Effect
from library.service import RECORD_HOST, renew_audiences
from library.source import RecordSource
from webapp.library import reviews, views
from webapp.library.commands import library
from webapp.library.demo import load_records
from webapp.part import Address, HomePanel, NavigationItem, Part
from webapp.wording.language import translated

REQUEST = "request"
"""Kind of a knowledge request in `ContentRef`."""


def effect_label(effect: str) -> str:
    """What a reader calls an effect."""
    return translated(EFFECT_LABELS[Effect(effect)])


def _news(session: Session, viewer: Viewer) -> dict[str, object]:
    topics = followed_topics(session, viewer.user_id)
    return {
        "new_records": queries.list_recent(session, viewer, 6),
        "followed_topics": topics,
        "followed_records": queries.list_recent(session, viewer, 6, topics) if topics else [],
        "waiting": reviewing.count_waiting(session, viewer),
        "topic_counts": queries.count_by_topic(session, viewer),
    }


LIBRARY = Part(
    name="library",
    blueprints=(views.blueprint, reviews.blueprint),
    models=(models,),
    sources=lambda clock: (RecordSource(clock),),
    hosts=(RECORD_HOST,),
    addresses={
        KIND: Address("library.show", "record_id"),
        REVISION: Address("reviews.show", "revision_id"),
        REQUEST: Address("library.requests", anchor="request"),
    },
    titles={KIND: queries.find_titles, REVISION: reviewing.find_proposal_titles, REQUEST: queries.find_questions},
    badges={KIND: "library/_badges.html"},
    icons={KIND: "journal-text"},
    values={
        "kind": {kind.value: spec.label for kind, spec in KINDS.items()},
        "evidence": {str(strength): label for strength, label in enumerate(STRENGTH_LABELS)},
        "status": STATUS_LABELS,
    },
    aliases={"kind": {"sop": "sop", "case": "case_study"}},
    notices={
        "record.published": _("Your record was published."),
        "record.withdrawn": _("Your record was withdrawn."),
        "revision.proposed": _("Somebody proposes a change of a record; you can accept it or send it back."),
        "revision.accepted": _("The change you proposed was accepted."),
        "revision.returned": _("The change you proposed was sent back, with a reason."),
        "request.created": _("Somebody asks for knowledge the library does not have."),
        "request.answered": _("Your knowledge request was answered."),
        "request.closed": _("Your knowledge request was closed."),
    },
    navigation=(
        NavigationItem(
            "library.browse",
            _("Library"),
            "book",
            same_place=(
                "library.show",
                "library.drafts",
                "library.new",
                "library.create",
                "library.requests",
                "reviews.queue",
            ),
        ),
    ),
    panels=(HomePanel("library/_home.html", _news),),
    commands=(library,),
    globals={"effect_label": effect_label, "strength_labels": STRENGTH_LABELS},
    demo=load_records,
    renew_audiences=renew_audiences,
)
