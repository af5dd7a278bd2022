"""Who can publish, in words; and the form in which who publishes says how sure we are."""

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlmodel import Session

from core.access import Marking, Viewer
from core.errors import NotFound
from core.people import User
from library import queries
from library.content import GRADE
from library.models import Record
from library.reviewing import find_publishers

NAMED = 3
"""People named before the rest is counted."""


def who_publishes(session: Session, record: Record) -> str:
    """A sentence: who can publish a draft, or accept a change; where nobody can, to whom to turn."""
    found = find_publishers(session, record)
    if found.people:
        return str(_("Who can publish it: %(names)s.", names=_names(found.people)))
    if record.tlp is Marking.RED:
        return str(_("Nobody can publish it yet: name a second person under “Named persons (RED)”."))
    nobody = _(
        "Nobody can publish it yet: your organisation has no librarian, and no other organisation reviews for it."
    )
    if not found.administrators:
        return str(nobody)
    return f"{nobody} {_('Turn to an administrator: %(names)s.', names=_names(found.administrators))}"


def grade_sent() -> dict[str, str]:
    """The evidence and review dates of the form that was sent."""
    return {name: request.form.get(name, "") for name in GRADE}


def can_open(session: Session, viewer: Viewer, record_id: int) -> bool:
    """True when the viewer may open the record: who reviewed it for another organisation cannot once it is published."""
    try:
        queries.get_record(session, viewer, record_id)
    except NotFound:
        return False
    return True


def _names(people: list[User]) -> str:
    named, rest = ", ".join(one.name for one in people[:NAMED]), len(people) - NAMED
    if rest <= 0:
        return named
    return str(ngettext("%(names)s and %(num)s more", "%(names)s and %(num)s more", rest, names=named))
