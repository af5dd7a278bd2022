"""Following topics and objects of any kind."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from core.access import Viewer
from core.content import ContentRef
from core.errors import NotFound
from core.following import TOPIC, Level, set_following
from core.taxonomy import is_topic
from core.uow import UnitOfWork
from webapp.runtime import current_runtime
from webapp.session import home_path, local_path, viewer

blueprint = Blueprint("following", __name__)
LONGEST_NUMBER = 9


@blueprint.post("/follow")
def follow() -> Response:
    """Follow or stop following a topic or an object, then go back to `next`."""
    target, me = request.form.get("target", ""), viewer()
    with current_runtime().work(me) as work:
        set_following(work.session, me.user_id, _checked(work, me, target), work.now, level=_level())
    return redirect(local_path(request.form.get("next", "")) or home_path(), 303)


def _level() -> Level | None:
    """What the form says: a level by its name, or `1` and `0` for everything and for taking it back."""
    said = request.form.get("follow", "")
    if said in set(Level):
        return Level(said)
    return Level.WATCHING if said == "1" else None


def _checked(work: UnitOfWork, me: Viewer, target: str) -> str:
    """The target as it is stored. Raises NotFound for what is not there or not for this viewer."""
    scope, _, name = target.partition(":")
    if scope == TOPIC and is_topic(name):
        return target
    if not name.isdecimal() or len(name) > LONGEST_NUMBER:
        raise NotFound
    ref = ContentRef(scope, int(name))
    if ref not in current_runtime().parts.titles(work.session, me, [ref]):
        raise NotFound
    return str(ref)
