"""Who may see and do what with nominations and profiles. Pure: no session, no HTTP.

A nomination is no marked object: its candidate, his supervisor, the focal point of his organisation and the unit see it, and
nobody else. A member of the panel sees the candidates of that opportunity without their names only, whatever else he is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.access import Viewer
from core.people import Role
from training.nominations.models import AppealState, Nomination, OfficerProfile


class Reader(StrEnum):
    """In which capacity somebody reads a profile."""

    SELF = "self"
    SUPERVISOR = "supervisor"
    FOCAL_POINT = "focal_point"
    STAFF = "staff"


_ALL = frozenset(Reader)
_OFFICE = frozenset({Reader.SELF, Reader.FOCAL_POINT, Reader.STAFF})

READERS: Mapping[str, frozenset[Reader]] = {
    "service": _ALL,
    "courses": _ALL,
    "languages": _ALL,
    "personal": _OFFICE,
    "papers": _OFFICE,
    "bar": _OFFICE,
}
"""Who sees which part of a profile. A scorer sees none of it by name."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    "service": ("service_since", "posting", "district", "post_topics", "supervisor_id"),
    "courses": ("courses",),
    "languages": ("languages",),
    "personal": ("birth_year", "sex"),
    "papers": ("passport_until", "clearance_until", "medical_until"),
    "bar": ("barred_until",),
}
REQUIRED = (
    "service_since",
    "posting",
    "district",
    "post_topics",
    "supervisor_id",
    "languages",
    "birth_year",
    "passport_until",
    "clearance_until",
)
"""Fields that make a profile complete; courses may be none, and sex need not be said."""


def missing_in(profile: OfficerProfile) -> tuple[str, ...]:
    """Required fields that are empty."""
    return tuple(name for name in REQUIRED if not getattr(profile, name))


def completeness(profile: OfficerProfile) -> int:
    """Per cent of the required fields that are filled in."""
    return round(100 * (len(REQUIRED) - len(missing_in(profile))) / len(REQUIRED))


def reader_of(viewer: Viewer, user_id: int, organisation_id: int, supervisor_id: int | None) -> Reader | None:
    """In which capacity the viewer reads a profile; None: not at all."""
    if viewer.user_id == user_id:
        return Reader.SELF
    if viewer.has(Role.IPCU_STAFF):
        return Reader.STAFF
    if is_focal_point(viewer, organisation_id):
        return Reader.FOCAL_POINT
    return Reader.SUPERVISOR if viewer.user_id == supervisor_id else None


def parts_for(reader: Reader) -> frozenset[str]:
    """Parts of a profile that are shown in this capacity."""
    return frozenset(part for part, readers in READERS.items() if reader in readers)


def can_edit_profile(reader: Reader) -> bool:
    """The officer corrects it, and the focal point with him."""
    return reader in (Reader.SELF, Reader.FOCAL_POINT, Reader.STAFF)


def can_confirm(reader: Reader) -> bool:
    """The focal point confirms it, never the officer himself."""
    return reader in (Reader.FOCAL_POINT, Reader.STAFF)


def can_bar(reader: Reader) -> bool:
    """A disciplinary bar is entered by the organisation or the unit."""
    return reader in (Reader.FOCAL_POINT, Reader.STAFF)


def is_focal_point(viewer: Viewer, organisation_id: int) -> bool:
    """True for the focal point of that organisation."""
    return viewer.has(Role.FOCAL_POINT) and viewer.organisation_id == organisation_id


@dataclass(frozen=True, slots=True)
class Standing:
    """What else decides about a nomination, read from the database beforehand."""

    supervisor_id: int | None = None
    is_panelist: bool = False
    """The viewer is on the panel of this opportunity, and it is not decided."""
    has_focal_point: bool = True
    """The organisation has a focal point other than the candidate."""


def can_read(viewer: Viewer, nomination: Nomination, standing: Standing) -> bool:
    """The candidate, his supervisor, his focal point, the unit; of the panel nobody but the candidate himself."""
    if viewer.user_id == nomination.user_id:
        return bool(viewer.audience)
    if standing.is_panelist:
        return False
    return _is_office(viewer, nomination) or viewer.user_id == standing.supervisor_id


def can_write(viewer: Viewer, nomination: Nomination) -> bool:
    """The candidate, while it is a draft."""
    return viewer.user_id == nomination.user_id and nomination.state == "draft"


def can_move(viewer: Viewer, nomination: Nomination, verb: str, standing: Standing) -> bool:
    """Who takes which step. Nobody but the candidate himself takes a step with his own nomination, and he only two."""
    if viewer.user_id == nomination.user_id:
        return verb in ("submit", "withdraw")
    if standing.is_panelist:
        return False
    if verb == "endorse" or (verb == "decline" and nomination.state == "submitted"):
        return viewer.user_id == standing.supervisor_id
    if verb == "approve" or (verb == "decline" and nomination.state == "endorsed"):
        instead = viewer.has(Role.IPCU_STAFF) and not standing.has_focal_point
        return instead or is_focal_point(viewer, nomination.organisation_id)
    if verb in ("screen", "shortlist", "decline", "confirm", "travel", "replace", "end"):
        return viewer.has(Role.IPCU_STAFF)
    return False


def can_manage(viewer: Viewer, *, is_panelist: bool) -> bool:
    """The board, the panel and the decision of an opportunity: the unit, except who scores it."""
    return viewer.has(Role.IPCU_STAFF) and not is_panelist


def can_set_gates(viewer: Viewer) -> bool:
    """The rules are the unit's."""
    return viewer.has(Role.IPCU_STAFF)


def can_appeal(viewer: Viewer, nomination: Nomination) -> bool:
    """The candidate, once, against a decision."""
    return viewer.user_id == nomination.user_id and nomination.state == "not_selected" and not nomination.appeal_state


def can_answer_appeal(viewer: Viewer, nomination: Nomination, standing: Standing) -> bool:
    """Another person of the unit than the one who decided."""
    waits = nomination.appeal_state == AppealState.OPEN
    others = viewer.user_id not in (nomination.decided_by, nomination.user_id)
    return waits and others and can_manage(viewer, is_panelist=standing.is_panelist)


def can_report(viewer: Viewer, nomination: Nomination) -> bool:
    """Who travelled."""
    return viewer.user_id == nomination.user_id and nomination.state in ("travelled", "reported")


def _is_office(viewer: Viewer, nomination: Nomination) -> bool:
    return viewer.has(Role.IPCU_STAFF) or is_focal_point(viewer, nomination.organisation_id)
