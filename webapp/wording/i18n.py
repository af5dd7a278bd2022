"""Languages of the interface: English first, Urdu selectable; direction and labels that depend on the language."""

from datetime import date, tzinfo
from zoneinfo import ZoneInfo

from flask import Flask, has_request_context, request
from flask_babel import Babel
from flask_babel import lazy_gettext as _

from core.clock import day_of, zone_names
from core.people import OrganisationKind, Role, SpaceKind
from webapp.runtime import current_runtime
from webapp.session import account_if_known
from webapp.wording.language import page_locale, phrase

INTERFACE_LANGUAGES = {"en": "English", "ur": "اردو"}
"""Each language by its own name, as a person looking for it would recognise it."""
LOCALES = {"en": "en_GB", "ur": "ur_PK"}
"""How each writes dates and numbers."""
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "sd", "ug", "ur"})

ROLE_LABELS = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.LIBRARIAN: _("Librarian"),
    Role.IPCU_STAFF: _("IPCU staff"),
    Role.MODERATOR: _("Moderator"),
    Role.FOCAL_POINT: _("Focal point"),
    Role.PARTNER: _("Partner abroad"),
    Role.OFFICER: _("Officer"),
}
"""Names of the roles, the widest responsibility first."""
ORGANISATION_KINDS = {
    OrganisationKind.POLICE: _("Police organisation"),
    OrganisationKind.PARTNER: _("Partner institution"),
    OrganisationKind.IPCU: _("The unit (IPCU)"),
}
SPACE_KINDS = {
    SpaceKind.OPEN: _("Open: every member reads it"),
    SpaceKind.RESTRICTED: _("Restricted: others know that it exists"),
    SpaceKind.HIDDEN: _("Hidden: others do not know that it exists"),
}
REGION_LABELS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
    "UTC": _("Universal time"),
}


def register_i18n(app: Flask) -> None:
    """Flask-Babel with our choice of language, and the helpers templates use."""
    app.config["BABEL_DEFAULT_LOCALE"] = LOCALES["en"]
    Babel(app, locale_selector=select_language, timezone_selector=select_zone)
    app.jinja_env.globals.update(
        interface_language=interface_language,
        interface_direction=interface_direction,
        interface_languages=INTERFACE_LANGUAGES,
        direction_of=direction_of,
        role_labels=ROLE_LABELS,
        _=phrase,
        gettext=phrase,
    )


def select_language() -> str:
    """Locale of the person's own language; before he signs in, what his browser asks for."""
    if not has_request_context():
        return LOCALES["en"]
    account = account_if_known()
    if account is not None and account.user.language in INTERFACE_LANGUAGES:
        return LOCALES[account.user.language]
    return LOCALES[request.accept_languages.best_match(list(INTERFACE_LANGUAGES), "en") or "en"]


def select_zone() -> tzinfo:
    """The time zone a person chose, else the bureau's."""
    account = account_if_known() if has_request_context() else None
    chosen = account.user.time_zone if account is not None else ""
    return ZoneInfo(chosen) if chosen in zone_names() else current_runtime().settings.zone


def today() -> date:
    """The calendar day it is for the reader of this page."""
    return day_of(current_runtime().clock.now(), select_zone())


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones to choose from, by region; each by the city that names it, in the reader's language."""
    by_region: dict[str, list[tuple[str, str]]] = {}
    locale = page_locale()
    for name in sorted(zone_names()):
        region, _sep, place = name.partition("/")
        city = locale.time_zones.get(name, {}).get("city") or place.replace("_", " ").replace("/", ", ")
        by_region.setdefault(region, []).append((name, str(city or name)))
    return [(str(REGION_LABELS[region]), found) for region, found in by_region.items()]


def interface_language() -> str:
    """Code of the language this page is in."""
    return str(page_locale().language)


def interface_direction() -> str:
    """`ltr` or `rtl` for this page."""
    return direction_of(interface_language())


def direction_of(language: str) -> str:
    """The direction of a language's script; `auto` when the language is not known."""
    if not language:
        return "auto"
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
