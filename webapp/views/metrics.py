"""/metrics, for whoever has the token, and the watch on every request."""

import time
from hmac import compare_digest

from flask import Blueprint, Flask, Response, abort, current_app, g, request

from webapp.exposition.page import CONTENT_TYPE, Page
from webapp.health import Glance
from webapp.runtime import EXTENSION, Runtime, current_runtime

blueprint = Blueprint("metrics", __name__)

PAGE = "ipcu-metrics"
NO_ROUTE = "none"
"""Stands for every address that no rule takes: addresses themselves are never a label."""


@blueprint.get("/metrics")
def show() -> Response:
    """The numbers. Without the right token there is nothing here."""
    token = current_runtime().settings.metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").encode()
    if not token or not compare_digest(given, f"Bearer {token}".encode()):
        abort(404)
    page: Page = current_app.extensions[PAGE]
    return Response(page.render(), content_type=CONTENT_TYPE)


def register_metrics(app: Flask, runtime: Runtime, glance: Glance) -> None:
    """Time every request. To be called before anything else looks at requests."""
    app.extensions[PAGE] = Page(runtime, glance)
    app.before_request(_begin)
    app.after_request(_end)


def metrics_app(runtime: Runtime) -> Flask:
    """An app with nothing but /metrics, for processes that serve no site."""
    app = Flask("webapp.metrics", static_folder=None)
    app.extensions[EXTENSION] = runtime
    app.extensions[PAGE] = Page(runtime, Glance(runtime))
    app.register_blueprint(blueprint)
    return app


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else NO_ROUTE
    current_runtime().metrics.answered(route, response.status_code, time.perf_counter() - g.began)
    return response
