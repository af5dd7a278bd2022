"""What readers call the stored values of opportunities."""

from flask_babel import lazy_gettext as _

KINDS = {
    "course": _("Course"),
    "workshop": _("Workshop"),
    "exchange": _("Exchange"),
    "scholarship": _("Scholarship"),
    "secondment": _("Secondment"),
    "e_course": _("E-course"),
}
STATES = {
    "draft": _("Draft"),
    "open": _("Open for nominations"),
    "closed": _("Nominations closed"),
    "decided": _("Seats decided"),
    "held": _("Held"),
    "cancelled": _("Cancelled"),
}
PAYERS = {
    "host": _("The host pays"),
    "donor": _("A donor pays"),
    "unit": _("The unit pays"),
    "organisation": _("The officer's organisation pays"),
    "officer": _("The officer pays"),
    "shared": _("Shared"),
}
VERBS = {
    "open": _("Open for nominations"),
    "close": _("Close nominations"),
    "hold": _("Say that it was held"),
    "cancel": _("Cancel it"),
}
STATUS_WORDS = {
    f"opportunity-{state}": label
    for state, label in {
        "open": "Open for nominations",
        "closed": "Nominations closed",
        "decided": "Seats decided",
        "held": "Held",
        "cancelled": "Cancelled",
    }.items()
}
"""Values of the facet `status`, in English: the vocabulary translates them."""
