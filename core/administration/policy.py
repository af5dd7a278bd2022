"""Who may administer what: organisations, people, spaces, the audit trail. Pure: no session, no HTTP.

The system itself (`core.access.SYSTEM`, the command line) may do all of it. Nothing here widens what anybody may read.
"""

from core.access import Viewer
from core.people import Role, SpaceKind

OFFICER_ONLY = frozenset({Role.OFFICER})


def can_manage_organisations(viewer: Viewer) -> bool:
    """Add, edit and retire organisations, and declare whom they serve: administrators."""
    return viewer.is_system or viewer.has(Role.ADMINISTRATOR)


def can_see_people(viewer: Viewer) -> bool:
    """Look people up: administrators everybody, focal points those of their own organisation."""
    return can_manage_organisations(viewer) or viewer.has(Role.FOCAL_POINT)


def can_add_person(viewer: Viewer, organisation_id: int, roles: frozenset[Role]) -> bool:
    """Administrators; a focal point adds officers to his own organisation."""
    if can_manage_organisations(viewer):
        return True
    return _answers_for(viewer, organisation_id) and roles <= OFFICER_ONLY


def can_see_person(viewer: Viewer, organisation_id: int) -> bool:
    """Administrators everybody, a focal point the members of his own organisation."""
    return can_manage_organisations(viewer) or _answers_for(viewer, organisation_id)


def can_manage_person(viewer: Viewer, user_id: int, organisation_id: int, roles: frozenset[Role]) -> bool:
    """Verify, disable, enable, reset: administrators, and a focal point for the officers of his own organisation.

    Nobody does it to himself: the last administrator could lock everybody out, and nobody vouches for himself.
    """
    if viewer.user_id == user_id:
        return False
    if can_manage_organisations(viewer):
        return True
    return _answers_for(viewer, organisation_id) and roles <= OFFICER_ONLY


def can_change_roles(viewer: Viewer, user_id: int) -> bool:
    """Give and take roles, move a person to another organisation: administrators, never for themselves."""
    return can_manage_organisations(viewer) and viewer.user_id != user_id


def can_read_audit(viewer: Viewer) -> bool:
    """The audit trail names people and objects of every organisation: administrators only."""
    return viewer.is_system or viewer.has(Role.ADMINISTRATOR)


def can_open_space(viewer: Viewer) -> bool:
    """Make a space: administrators, IPCU staff and moderators."""
    return viewer.is_system or viewer.has(Role.ADMINISTRATOR, Role.IPCU_STAFF, Role.MODERATOR)


def can_see_space(viewer: Viewer, kind: SpaceKind, space_id: int, *, is_led: bool) -> bool:
    """Know that the space exists. A hidden one is for its members; where nobody leads it any more, an administrator sees it too."""
    if f"space:{space_id}" in viewer.spaces:
        return True
    if kind is SpaceKind.HIDDEN:
        return not is_led and can_manage_organisations(viewer)
    return bool(viewer.audience) or viewer.is_system


def can_lead_space(viewer: Viewer, *, is_leader: bool, is_led: bool) -> bool:
    """Edit a space and decide who belongs to it: its leaders; where nobody leads it any more, an administrator names one."""
    return is_leader or (not is_led and can_manage_organisations(viewer))


def can_join_space(viewer: Viewer, kind: SpaceKind, space_id: int) -> bool:
    """Ask to belong to a space one knows of and is not in; nobody asks for a hidden one."""
    return bool(viewer.audience) and kind is not SpaceKind.HIDDEN and f"space:{space_id}" not in viewer.spaces


def _answers_for(viewer: Viewer, organisation_id: int) -> bool:
    return viewer.has(Role.FOCAL_POINT) and viewer.organisation_id == organisation_id
