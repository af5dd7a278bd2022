"""What protects every response and every form: headers, cookies, CSRF, proxies, size limits."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, request
from flask_wtf.csrf import CSRFProtect
from gunicorn.http.errors import ParseException
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix

from core.errors import Unavailable
from core.settings import Settings, secret_key
from webapp.assets import is_immutable

log = logging.getLogger(__name__)

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 365 * 24 * 3600
FORM_MEMORY = 12 << 20
"""The longest text of a record (a million characters) in any script, percent-encoded."""
FORM_OVERHEAD = 1 << 20
"""What a form adds around the largest upload, or text."""


class _Parameters(ImmutableMultiDict[str, Any]):
    """What an address or a form says, without the one character that no database takes, and without parts that have no name."""

    def __init__(self, pairs: Iterable[tuple[str | None, object]] = ()) -> None:
        super().__init__([(name, _storable(value)) for name, value in pairs if name is not None])


class _Request(Request):
    parameter_storage_class = _Parameters

    def _load_form_data(self) -> None:
        """Raises BadRequest for a body that breaks off or is not as HTTP has it, Unavailable when there is no room for it."""
        try:
            super()._load_form_data()
        except (OSError, ParseException) as error:
            # Whoever asks again, the page that tells of it too, gets an empty form.
            self.__dict__.update(form=_Parameters(), files=_Parameters())
            if isinstance(error, ConnectionError | ParseException) or error.errno is None:
                raise BadRequest from error
            log.error("what was sent cannot be kept while it is read: %s", error)
            raise Unavailable(
                f"What you sent could not be received: {error.strerror}. Nothing was saved. Please tell the administrator, "
                "who can see to the disk of temporary files."
            ) from error


def register_security(app: Flask, settings: Settings) -> None:
    """Cookies, CSRF on every form, size limits, trusted proxies, and headers on every response."""
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SESSION_COOKIE_NAME="__Host-ipcu" if settings.https else "ipcu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        # The session's age counts from the sign-in; the cookie is only written when it changes.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
        MAX_CONTENT_LENGTH=max(settings.upload_mb << 20, FORM_MEMORY) + FORM_OVERHEAD,
        MAX_FORM_MEMORY_SIZE=FORM_MEMORY,
        # A token lives as long as its session: nobody loses a long text because it took him an hour.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.request_class = _Request
    csrf = CSRFProtect(app)
    # Mail programs send it without a page of ours (RFC 8058). The signed token is the proof, and it can only stop mails.
    csrf.exempt("webapp.mailing.views.stopped")
    app.after_request(_add_headers)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _storable(value: object) -> object:
    return value.replace("\0", "") if isinstance(value, str) else value


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        # A page may have a stricter policy of its own.
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    elif response.status_code < 400 and is_immutable(request):
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response
