"""Who may do what with opportunities. Pure: no session, no HTTP. Seeing is decided by `core.access` alone."""

from core.access import Marked, Tokens, Viewer
from core.marking import Recipients
from core.people import Role
from training.opportunities.models import Opportunity, OpportunityState


def audience_of(opportunity: Opportunity, recipients: Recipients) -> Marked:
    """The facts that decide who sees an opportunity."""
    return Marked(
        marking=opportunity.tlp,
        organisation_id=opportunity.organisation_id,
        author_id=opportunity.author_id,
        listed_organisations=recipients.organisations,
        named_users=recipients.users,
        space_id=opportunity.space_id,
    )


def can_read(viewer: Viewer, opportunity: Opportunity, tokens: Tokens) -> bool:
    """The access rule; a draft is for those who keep the catalogue."""
    return viewer.sees(tokens) and (opportunity.state != OpportunityState.DRAFT or _keeps(viewer, opportunity))


def can_create(viewer: Viewer) -> bool:
    """The catalogue is kept by the unit."""
    return viewer.has(Role.IPCU_STAFF)


def can_edit(viewer: Viewer, opportunity: Opportunity) -> bool:
    """The unit, until it is held or cancelled."""
    over = (OpportunityState.HELD, OpportunityState.CANCELLED)
    return opportunity.state not in over and _keeps(viewer, opportunity)


def can_move(viewer: Viewer, opportunity: Opportunity) -> bool:
    """Opening, closing, cancelling: the unit."""
    return _keeps(viewer, opportunity)


def can_widen(viewer: Viewer, opportunity: Opportunity) -> bool:
    """Only the source may widen a marking (TLP 2.0)."""
    return _keeps(viewer, opportunity) and viewer.organisation_id == opportunity.organisation_id


def _keeps(viewer: Viewer, opportunity: Opportunity) -> bool:
    return viewer.has(Role.IPCU_STAFF) or viewer.user_id == opportunity.author_id
