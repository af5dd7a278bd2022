"""For whoever watches the server: does it live, can it serve. Open to all, so they name parts and never say why."""

import threading
import time
from dataclasses import dataclass, field

from flask import Blueprint, Response, current_app, jsonify

from webapp.health import PROBED, check_health
from webapp.runtime import current_runtime

blueprint = Blueprint("probes", __name__)

KEPT = 2.0
"""Seconds that an answer serves everybody: strangers cannot keep the database and the search servers busy with it."""
NEEDED = "database"
"""Without this part no page works; without another the site serves, and says what is missing."""


@dataclass
class _Last:
    """How the parts were when last looked at."""

    at: float = float("-inf")
    parts: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers. Asks nothing else: a probe that restarts the server must not do so for a database."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """How each part is; 503 only when the site cannot serve."""
    parts = _parts()
    can_serve = parts.get(NEEDED) == "ok"
    is_whole = all(state == "ok" for state in parts.values())
    status = "unavailable" if not can_serve else "ok" if is_whole else "degraded"
    return jsonify(status=status, parts=parts), 200 if can_serve else 503


def _parts() -> dict[str, str]:
    last: _Last = current_app.extensions.setdefault("ipcu-probes", _Last())
    with last.lock:  # one looks, the others take what he saw
        if time.monotonic() - last.at > KEPT:
            parts: dict[str, str] = {}
            for finding in check_health(current_runtime(), PROBED):
                parts[finding.part] = "ok" if finding.is_well and parts.get(finding.part, "ok") == "ok" else "degraded"
            last.at, last.parts = time.monotonic(), parts
        return last.parts
