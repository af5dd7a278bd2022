"""For whoever watches the server: does it live, can it serve. Open to all, so they name parts and never say why."""

from flask import Blueprint, Response, current_app, jsonify

from webapp.health import Glance

blueprint = Blueprint("probes", __name__)

GLANCE = "ipcu-glance"
NEEDED = "database"
"""Without this part no page works; without another the site serves, and says what is missing."""


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers. Asks nothing else: a probe that restarts the server must not do so for a database."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """How each part is; 503 only when the site cannot serve."""
    glance: Glance = current_app.extensions[GLANCE]
    parts = glance.parts()
    can_serve = parts.get(NEEDED) == "ok"
    is_whole = all(state == "ok" for state in parts.values())
    status = "unavailable" if not can_serve else "ok" if is_whole else "degraded"
    return jsonify(status=status, parts=parts), 200 if can_serve else 503
