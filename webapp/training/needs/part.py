"""How training needs are registered with the house."""

from flask_babel import lazy_gettext as _
from sqlmodel import Session

from core.access import Viewer
from core.content import ContentRef
from core.links import LinkState, links_to
from core.people import Role
from training.needs import models, policy, queries
from training.needs.models import ANSWERED_BY, KIND, ROUND
from training.needs.service import renew_audiences
from training.needs.source import NeedSource
from webapp.part import Address, HomePanel, NavigationItem, Part, Related
from webapp.training.needs import views
from webapp.training.needs.demo import load_needs

SHOWN = 5


def _desk(session: Session, viewer: Viewer) -> dict[str, object]:
    """What waits for the staff and for focal points; empty for everybody else."""
    waiting = queries.list_drafts_waiting(session, viewer) if policy.is_staff(viewer) else []
    running = [one for one in queries.list_rounds(session, viewer) if one.status == models.RoundStatus.OPEN]
    return {
        "rounds_waiting": queries.list_waiting(session, viewer),
        "rounds_running": running if policy.is_staff(viewer) else [],
        "drafts_waiting": waiting[:SHOWN],
        "drafts_more": max(0, len(waiting) - SHOWN),
        "unanswered": queries.list_unanswered(session, viewer, SHOWN) if policy.is_staff(viewer) else [],
    }


def _served(session: Session, viewer: Viewer, ref: ContentRef) -> dict[str, object]:
    """Needs that an object was confirmed to answer, as far as the viewer may see them."""
    links = links_to(session, ref, ANSWERED_BY, LinkState.CONFIRMED)
    extents = {link.from_id: link.extent for link in links if link.from_kind == KIND}
    return {"needs": queries.needs_by_ids(session, viewer, extents), "extents": extents}


NEEDS = Part(
    name="training",
    blueprints=(views.blueprint,),
    models=(models,),
    sources=lambda _clock: (NeedSource(),),
    addresses={KIND: Address("needs.show", "need_id"), ROUND: Address("needs.round_page", "round_id")},
    titles={KIND: queries.find_titles, ROUND: queries.find_round_titles},
    badges={KIND: "needs/_badges.html"},
    icons={KIND: "clipboard"},
    values={"kind": {KIND: "Training need"}},
    notices={
        "need.proposed": _("A training need was proposed."),
        "need.open": _("A training need of yours is open."),
        "need.planned": _("Training is planned for a need of yours."),
        "need.met": _("A training need of yours is met."),
        "need.referred": _("A training need of yours was referred elsewhere."),
        "need.closed": _("A training need of yours was closed."),
        "assessment.opened": _("Your organisation is asked what training it needs."),
        "assessment.closed": _("The results of an assessment round are there."),
    },
    navigation=(
        NavigationItem(
            "needs.register",
            _("Needs"),
            "clipboard",
            same_place=("needs.show", "needs.heat_map", "needs.coverage", "needs.rounds", "needs.round_page"),
            # Others come to it from the opportunities: the bar has room for six entries.
            roles=(Role.IPCU_STAFF, Role.FOCAL_POINT),
        ),
    ),
    panels=(HomePanel("needs/_home.html", _desk),),
    related=(Related("needs/_served.html", _served),),
    demo=load_needs,
    renew_audiences=renew_audiences,
)
