"""Who is signed in: sessions that end on the server, the viewer of a request, and the rule that pages need a sign-in.

The cookie names a row of the database, which is read with the account on every request: a session that was ended, by whomever,
opens nothing from the next request on.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, current_app, flash, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from core.access import Viewer, viewer_of
from core.accounts import Client, SessionRules, SignedIn, end_expired_session, find_session, note_seen
from core.accounts.devices import DEVICE_LIFE
from core.accounts.models import UserSession
from core.accounts.sessions import FoundSession
from core.errors import Unavailable
from core.notices import count_unread
from core.people import Organisation, User, get_organisation
from webapp.runtime import current_runtime

PUBLIC_ENDPOINTS = frozenset(
    {
        "static",
        "auth.sign_in",
        "auth.enter",
        "mailing.stop",
        "mailing.stopped",
        "probes.alive",
        "probes.ready",
        "metrics.show",
    }
)
"""Everything else needs a signed-in person. A test walks the URL map and compares."""
BEFORE_A_PASSWORD = frozenset({"account.password", "account.change_password", "account.set_language", "auth.sign_out"})
"""What is open to somebody who has to change his password first."""
TOKEN_OF_SESSION = "_user_id"  # noqa: S105  the name under which Flask-Login keeps what `Account.get_id` says
DEVICE_COOKIE = "ipcu-devices"
DEVICE_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)
DEVICES_IN_BROWSER = 10
MAX_NEXT = 2000


@dataclass(frozen=True, eq=False)
class Account:
    """The signed-in person of this request."""

    user: User
    organisation: Organisation
    viewer: Viewer
    session: UserSession
    token: str
    """What the browser holds of the session."""
    unread: int = 0
    """Notices he has not read."""
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the session cookie keeps."""
        return self.token


class _Sessions(SecureCookieSessionInterface):
    """Static files have no session, so that caches may keep one copy for everybody."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, except with a static file."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def register_sessions(app: Flask) -> None:
    """Flask-Login, our cookie rules, and a sign-in required by default."""
    manager = LoginManager()
    # The address and browser of a phone change within a session; its row is what ends it.
    manager.session_protection = None
    manager.user_loader(load_account)
    manager.init_app(app, add_context_processor=False)
    app.session_interface = _Sessions()
    app.before_request(_require_sign_in)
    app.after_request(_keep_times)
    app.jinja_env.globals.update(account=account_if_known, this_page=this_page, asking_page=asking_page)


def session_rules() -> SessionRules:
    """How long sessions last here."""
    settings = current_runtime().settings
    return SessionRules(timedelta(hours=settings.session_hours), timedelta(minutes=settings.session_idle_minutes))


def load_account(token: str) -> Account | None:
    """The account whose session the token names, if that goes on: not ended, neither too old nor idle, account not disabled."""
    runtime = current_runtime()
    with runtime.reading() as rows:
        found = find_session(rows, token)
        if found is None or not found.user.is_active:
            return None
        if not session_rules().is_live(found.row, runtime.clock.now()):
            g.expired_session = None if found.row.ended_at else found.row.id
            return None
        return _account(rows, found, token)


def _account(rows: Session, found: FoundSession, token: str) -> Account:
    organisation = get_organisation(rows, found.user.organisation_id)
    unread = count_unread(rows, found.row.user_id)
    return Account(found.user, organisation, viewer_of(rows, found.user), found.row, token, unread)


def _keep_times(response: Response) -> Response:
    """Note that the session is used, or that it has run out: a short write now and then, left undone when others write."""
    account, expired, runtime, rules = account_if_known(), g.get("expired_session"), current_runtime(), session_rules()
    row = account.session if account else None
    is_due = row is not None and runtime.clock.now() - row.last_seen_at >= rules.seen_every
    if not is_due and expired is None:
        return response
    with suppress(Unavailable), runtime.work(waits=False) as work:
        if row is not None and row.id is not None:
            note_seen(work, row.id, rules)
        if expired is not None:
            end_expired_session(work, expired, rules)
    return response


def current_account() -> Account | None:
    """The signed-in person, read from the database once per request."""
    account = current_user._get_current_object()
    return account if isinstance(account, Account) else None


def account_if_known() -> Account | None:
    """The signed-in person if he was read already: safe on an error page, where the database may be down."""
    known = g.get("_login_user")
    return known if isinstance(known, Account) else None


def viewer() -> Viewer:
    """The viewer of this request. Only for pages that need a sign-in."""
    account = current_account()
    assert account is not None, "this endpoint is public: it has no viewer"
    return account.viewer


def session_id() -> int:
    """The session of this request. Only for pages that need a sign-in."""
    account = current_account()
    assert account is not None, "this endpoint is public: it has no session"
    assert account.session.id is not None
    return account.session.id


def this_client() -> Client:
    """The browser that asks, with the secrets that it holds."""
    devices = DEVICE_TOKEN.findall(request.cookies.get(device_cookie_name(), ""))
    return Client(
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        devices=tuple(devices[:DEVICES_IN_BROWSER]),
        session=str(session.get(TOKEN_OF_SESSION, "")),
    )


def begin_session(signed: SignedIn) -> None:
    """Hold the session that has begun; nothing of an earlier one stays, whoever planted it."""
    session.clear()
    session.permanent = True
    with current_runtime().reading() as rows:
        found = find_session(rows, signed.session_token)
        assert found is not None, "the unit of work that began it is committed"
        login_user(_account(rows, found, signed.session_token))


def remember_device(response: AnyResponse, client: Client, signed: SignedIn) -> None:
    """Let the browser hold a token of the device for a year from now on, beside those of other accounts."""
    tokens = dict.fromkeys(filter(None, (signed.device_token, *client.devices)))
    response.set_cookie(
        device_cookie_name(),
        ".".join(list(tokens)[:DEVICES_IN_BROWSER]),
        max_age=DEVICE_LIFE,
        path=url_for("auth.enter"),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def device_cookie_name() -> str:
    """Name of the cookie with the tokens of known devices; it is sent to the sign-in page only."""
    return f"__Secure-{DEVICE_COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else DEVICE_COOKIE


def leave_session() -> None:
    """Let go of a session that has ended on the server."""
    logout_user()
    session.clear()


def local_path(target: str) -> str:
    """`target` when it is a path on this site and nothing else, otherwise an empty string."""
    if len(target) > MAX_NEXT:
        return ""
    path = target.partition("?")[0]
    # A proxy may decode once more than we do: what looks foreign in any stage of decoding is refused.
    seen, plain = path, unquote(path)
    while plain != seen:
        seen, plain = plain, unquote(plain)
    has_space = any(char <= " " for char in target)
    if has_space or not all(_is_local(text) for text in (path, plain)):
        return ""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else target


def _is_local(path: str) -> bool:
    is_rooted = path.startswith("/") and not path.startswith("//")
    return is_rooted and not any(char < " " or char in "\\\x7f" for char in path)


def this_page() -> str:
    """The address of this page when one may come back to it, otherwise an empty string."""
    return local_path(request.full_path.rstrip("?")) if request.method == "GET" else ""


def asking_page() -> str:
    """The page of this site whose link or form made this request, otherwise an empty string."""
    return _local_address(request.referrer or "")


def home_path() -> str:
    """Where a person goes after signing in when he asked for nothing else."""
    return url_for("search.home" if "search.home" in current_app.view_functions else "account.profile")


def _require_sign_in() -> AnyResponse | None:
    if request.endpoint in PUBLIC_ENDPOINTS:
        return None
    if account := current_account():
        if account.user.must_change_password and request.endpoint not in BEFORE_A_PASSWORD:
            return _sent_to(url_for("account.password"))
        return None
    if TOKEN_OF_SESSION in session:
        session.clear()
        if request.method == "GET":
            flash(_("Your session has ended. Please sign in again."), "info")
        else:
            flash(_("Your session ended before this was saved. Please sign in again."), "warning")
    if request.path.startswith("/api/"):
        error = {"error": {"code": "sign_in", "message": _("Please sign in."), "fields": {}}}
        return current_app.response_class(json.dumps(error), 401, mimetype="application/json")
    # What was sent is lost, but the form it came from has kept it in the browser: back there.
    asked = request.full_path.rstrip("?") if request.endpoint else ""
    wanted = asked if request.method == "GET" else asking_page()
    if request.headers.get("HX-Request") == "true":
        wanted = _local_address(request.headers.get("HX-Current-URL", ""))
    return _sent_to(url_for("auth.sign_in", next=local_path(wanted) or None))


def _sent_to(address: str) -> AnyResponse:
    if request.headers.get("HX-Request") == "true":
        # htmx follows this header; a redirect would put that page into a corner of the old one.
        return current_app.response_class("", 401, {"HX-Redirect": address})
    return redirect(address, 302)


def _local_address(address: str) -> str:
    """The path of a whole address, when it is one of this site."""
    try:
        page = urlsplit(address)
    except ValueError:
        return ""
    return local_path(page._replace(scheme="", netloc="", fragment="").geturl()) if page.netloc == request.host else ""
