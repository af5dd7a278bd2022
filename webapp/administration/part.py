"""How administration is registered with the house: its pages, and the notices about spaces."""

from flask_babel import lazy_gettext as _

from core.administration.spaces import KIND, names_of_spaces
from core.people import Role
from webapp.administration import organisations, people, spaces, trail
from webapp.part import Address, NavigationItem, Part

ADMINISTRATION = Part(
    name="administration",
    blueprints=(organisations.blueprint, people.blueprint, spaces.blueprint, trail.blueprint),
    addresses={KIND: Address("spaces.show", "space_id")},
    titles={KIND: names_of_spaces},
    notices={
        "space.join_requested": _("Somebody asks to join a space you lead."),
        "space.join_approved": _("You belong to a space now."),
        "space.join_refused": _("Your request to join a space was refused."),
    },
    navigation=(NavigationItem("people.index", _("People"), "people", roles=(Role.FOCAL_POINT,)),),
)
