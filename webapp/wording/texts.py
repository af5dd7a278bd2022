"""Plain sentences for states of the system, the same on the page and in the terminal."""

from flask_babel import lazy_gettext as _

from search.results import Degraded

_DEGRADED = {
    Degraded.MODEL_LOADING: _("Searching by meaning is still starting: results match words only, for now."),
    Degraded.MODEL_FAILED: _("Searching by meaning is out of order just now: results match words only."),
    Degraded.MODEL_OFF: _("Searching by meaning is switched off here: results match words only."),
    Degraded.UNKNOWN_SCRIPT: _("In this script results match your words only, not their meaning."),
    Degraded.INDEX_WITHOUT_VECTORS: _("The index is being renewed: results match words only."),
}


def degraded_text(degraded: Degraded) -> str:
    """What to tell a reader; empty when nothing is amiss."""
    return str(_DEGRADED.get(degraded, ""))
