"""The app factory: puts the parts of the web room together around a runtime."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.routing import IntegerConverter, Map

from core.people import Role
from library.kinds import STRENGTH_LABELS
from webapp.assets import register_assets
from webapp.errors import register_errors
from webapp.filters import register_filters
from webapp.health import Glance
from webapp.i18n import register_i18n
from webapp.runtime import EXTENSION, Runtime
from webapp.runtime import current_runtime as current_runtime
from webapp.security import register_security
from webapp.session import account_if_known, register_sessions
from webapp.views import account, admin, auth, library, metrics, probes, search
from webapp.vocabulary import effect_label

BLUEPRINTS: tuple[Blueprint, ...] = (
    auth.blueprint,
    account.blueprint,
    search.blueprint,
    library.blueprint,
    admin.blueprint,
    probes.blueprint,
    metrics.blueprint,
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the main navigation."""

    endpoint: str
    label: str | LazyString
    icon: str
    same_place: tuple[str, ...] = ()
    """Further endpoints on which the entry is the current one."""
    roles: tuple[Role, ...] = ()
    """Who sees it; empty: everybody."""

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        """True on its own page."""
        return request.endpoint in (self.endpoint, *self.same_place)


NAVIGATION = (
    NavigationItem("search.home", _("Search"), "search", same_place=("search.results",)),
    NavigationItem("library.browse", _("Library"), "book", same_place=("library.show", "library.drafts")),
    NavigationItem("library.new", _("New record"), "journal-plus", same_place=("library.create",)),
    NavigationItem("library.requests", _("Requests"), "question-circle"),
    NavigationItem(
        "admin.index",
        _("Admin"),
        "heart-pulse",
        same_place=("admin.synonym_table", "admin.add_synonyms"),
        roles=(Role.ADMINISTRATOR, Role.LIBRARIAN),
    ),
)


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
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        has_endpoint=has_endpoint,
        navigation=navigation,
        effect_label=effect_label,
        strength_labels=STRENGTH_LABELS,
    )
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
    for item in NAVIGATION:
        if person is None or not has_endpoint(item.endpoint):
            continue
        if not item.roles or person.viewer.has(*item.roles):
            yield item
