"""The language of the page being made: its phrases, and how it writes dates.

Flask-Babel finds the translations anew for every phrase, and a page of results has two hundred of some sixty different ones: what
it found is kept for each locale, and the locale for the request.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_time
from flask import g, has_app_context
from flask_babel import get_locale, get_timezone, gettext
from markupsafe import Markup

from core.errors import Message

MOST_PHRASES = 10_000
"""Kept for a locale. Templates have some hundreds; the limit is for a text that should not have been passed as a phrase."""


@dataclass(frozen=True, slots=True)
class _Language:
    """One locale, for the life of the process."""

    locale: Locale
    phrases: dict[str, Markup] = field(default_factory=dict)
    """Translations by the English text."""


@lru_cache
def _language_of(identifier: str) -> _Language:
    return _Language(Locale.parse(identifier))


def _language() -> _Language:
    if "language" not in g:
        g.language = _language_of(str(get_locale() or "en"))
    found: _Language = g.language
    return found


def page_locale() -> Locale:
    """The locale of this page; English where there is no page."""
    return _language().locale if has_app_context() else _language_of("en").locale


def _found(text: str) -> Markup:
    known = _language().phrases
    found = known.get(text)
    if found is None:
        found = Markup(gettext(text))  # noqa: S704  out of our catalogues, as in Jinja's own extension
        if len(known) < MOST_PHRASES:
            known[text] = found
    return found


def phrase(text: str, **values: object) -> Markup:
    """A phrase of ours in the language of the page, `%(name)s` replaced by the escaped value. Templates call it as `_`."""
    found = _found(text)
    return found % values if "%" in found else found


def translated(text: str) -> str:
    """A phrase without values as plain text, to be escaped like any other."""
    return str(_found(text)) if has_app_context() else text


def said(text: str) -> str:
    """A message of the rooms below in the language of the page, its parameters too. Other text is left as it is."""
    if not isinstance(text, Message) or not has_app_context():
        return text
    found = str(_found(text.id))
    values = {name: said(value) if isinstance(value, Message) else value for name, value in text.params.items()}
    return found % values if values else found


def day(value: date | datetime) -> str:
    """A date as the reader's language writes it; of a moment, the day it was in the reader's time zone."""
    return _day(value, str(page_locale()), get_timezone())


def moment(value: datetime) -> str:
    """Day and time of a moment, in the reader's language and time zone."""
    return f"{day(value)} {format_time(value, 'short', tzinfo=get_timezone(), locale=page_locale())}"


@lru_cache(maxsize=4096)
def _day(value: date | datetime, locale: str, zone: tzinfo) -> str:
    shown = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return str(format_date(shown, "medium", locale=locale))
