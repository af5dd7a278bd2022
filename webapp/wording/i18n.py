"""Languages of the interface: English first, Urdu selectable; direction and labels that depend on the language."""

from flask import Flask, has_request_context, request
from flask_babel import Babel
from flask_babel import lazy_gettext as _

from core.people import Role
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


def register_i18n(app: Flask) -> None:
    """Flask-Babel with our choice of language, and the helpers templates use."""
    app.config["BABEL_DEFAULT_LOCALE"] = LOCALES["en"]
    Babel(app, locale_selector=select_language)
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
