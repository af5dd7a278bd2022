"""The app factory: puts the parts of the web room together around a runtime."""

from collections.abc import Iterator

from flask import Blueprint, Flask, current_app
from flask_babel import lazy_gettext as _
from werkzeug.routing import IntegerConverter, Map

from core.people import Role
from webapp.assets import register_assets
from webapp.errors import register_errors
from webapp.health import Glance
from webapp.mailing import views as mailing
from webapp.part import NavigationItem
from webapp.runtime import EXTENSION, Runtime
from webapp.runtime import current_runtime as current_runtime
from webapp.security import register_security
from webapp.session import account_if_known, register_sessions
from webapp.sharing.remarks import sentences_on
from webapp.views import account, admin, auth, files, following, metrics, probes, search
from webapp.wording.filters import register_filters
from webapp.wording.i18n import register_i18n

BLUEPRINTS: tuple[Blueprint, ...] = (
    auth.blueprint,
    account.blueprint,
    search.blueprint,
    following.blueprint,
    files.blueprint,
    mailing.blueprint,
    admin.blueprint,
    probes.blueprint,
    metrics.blueprint,
)
"""Those that belong to no domain."""
FIRST = (NavigationItem("search.home", _("Search"), "search", same_place=("search.results",)),)
LAST = (
    NavigationItem(
        "admin.index",
        _("Admin"),
        "heart-pulse",
        same_place=("admin.synonym_table", "admin.add_synonyms"),
        roles=(Role.ADMINISTRATOR, Role.LIBRARIAN),
    ),
)
"""Entries of the main navigation before and after those of the parts."""


class _Number(IntegerConverter):
    """The number of an object in an address. One that no database can hold is the address of nothing."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def create_app(runtime: Runtime) -> Flask:
    """A Flask app that serves `runtime`. The caller closes the runtime."""
    app = Flask("webapp", static_folder=None)
    app.extensions[EXTENSION] = runtime
    app.extensions[probes.GLANCE] = glance = Glance(runtime)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    # The order matters: what is no request is refused before anything else looks at it; who is signed in is known before CSRF is checked, so that an ended session says so.
    metrics.register_metrics(app, runtime, glance)
    register_errors(app)
    register_sessions(app)
    register_security(app, runtime.settings)
    register_i18n(app)
    register_assets(app)
    register_filters(app)
    app.url_map.converters["int"] = _Number
    for blueprint in (*BLUEPRINTS, *(one for part in runtime.parts for one in part.blueprints)):
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(has_endpoint=has_endpoint, navigation=navigation, url_of=runtime.parts.url_of)
    app.jinja_env.globals.update(badges_of=runtime.parts.badges.get, icon_of=runtime.parts.icons.get)
    app.jinja_env.globals.update(upload_rules=files.upload_rules, remarks_on=sentences_on)
    for part in runtime.parts:
        app.jinja_env.globals.update(part.globals)
    return app


def compile_templates(app: Flask) -> None:
    """Make the programs of all templates, which otherwise the first reader of each page waits for."""
    for name in app.jinja_env.list_templates(["html"]):
        app.jinja_env.get_template(name)


def has_endpoint(name: str) -> bool:
    """True when some blueprint offers the endpoint: a page may link to parts that an installation lacks."""
    return name in current_app.view_functions


def navigation() -> Iterator[NavigationItem]:
    """Entries of the main navigation for whoever is signed in."""
    person = account_if_known()
    if person is not None:
        for item in (*FIRST, *current_runtime().parts.navigation, *LAST):
            if has_endpoint(item.endpoint) and item.is_for(person.viewer):
                yield item
