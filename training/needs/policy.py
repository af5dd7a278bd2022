"""Who may do what with needs and rounds. Pure: no session, no HTTP. Seeing is decided by `core.access` alone."""

from core.access import Marked, Tokens, Viewer
from core.marking import Recipients
from core.people import Role
from training.needs.models import AssessmentRound, Need, RoundStatus, Status

ENDED = (Status.MET, Status.REFERRED, Status.CLOSED)


def audience_of(need: Need, recipients: Recipients) -> Marked:
    """The facts that decide who sees a need."""
    return Marked(
        marking=need.tlp,
        organisation_id=need.organisation_id,
        author_id=need.author_id,
        listed_organisations=recipients.organisations,
        named_users=recipients.users,
        space_id=need.space_id,
    )


def is_staff(viewer: Viewer) -> bool:
    """Training needs are the work of the unit."""
    return viewer.has(Role.IPCU_STAFF)


def can_read(viewer: Viewer, need: Need, tokens: Tokens) -> bool:
    """The access rule, and for drafts: who works on them."""
    return viewer.sees(tokens) and (need.status != Status.DRAFT or works_on(viewer, need))


def works_on(viewer: Viewer, need: Need) -> bool:
    """Its author, its owner, the focal points of its organisation and the unit's staff."""
    own = viewer.has(Role.FOCAL_POINT) and viewer.organisation_id == need.organisation_id
    return viewer.user_id in (need.author_id, need.owner_id) or own or is_staff(viewer)


def can_create(viewer: Viewer) -> bool:
    """Every verified member may propose a need; it counts once the staff opened it."""
    return bool(viewer.audience)


def can_write_for(viewer: Viewer, organisation_id: int) -> bool:
    """For one's own organisation and those above it; the staff for any."""
    return f"org:{organisation_id}" in viewer.audience or is_staff(viewer)


def can_edit(viewer: Viewer, need: Need) -> bool:
    """Who works on it, until it has ended. An open one is the staff's and its focal points' alone."""
    if need.status in ENDED:
        return False
    if need.status == Status.DRAFT:
        return works_on(viewer, need)
    own = viewer.has(Role.FOCAL_POINT) and viewer.organisation_id == need.organisation_id
    return own or is_staff(viewer)


def can_move(viewer: Viewer) -> bool:
    """The life cycle is moved by the staff."""
    return is_staff(viewer)


def can_judge(viewer: Viewer, need: Need) -> bool:
    """What answers a need is confirmed or rejected by the staff, once the need is more than a draft."""
    return is_staff(viewer) and need.status != Status.DRAFT


def can_widen(viewer: Viewer, need: Need) -> bool:
    """Only the source may widen a marking (TLP 2.0): those of its organisation who may edit it."""
    return can_edit(viewer, need) and viewer.organisation_id == need.organisation_id


def can_open_rounds(viewer: Viewer) -> bool:
    """Rounds are opened and closed by the staff."""
    return is_staff(viewer)


def can_answer_for(viewer: Viewer, organisation_id: int) -> bool:
    """A focal point for his own organisation; the staff for any, as some answer by letter."""
    return is_staff(viewer) or (viewer.has(Role.FOCAL_POINT) and viewer.organisation_id == organisation_id)


def can_see_replies(viewer: Viewer, one: AssessmentRound) -> bool:
    """Results: the staff at any time, focal points once the round is closed and nobody can be swayed by them."""
    return is_staff(viewer) or (viewer.has(Role.FOCAL_POINT) and one.status == RoundStatus.CLOSED)


def can_rate(viewer: Viewer) -> bool:
    """Every verified member of a body knows what his work asks for."""
    return bool(viewer.audience)
