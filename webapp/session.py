"""Who is signed in: sessions that can be revoked, the viewer of a request, and the rule that pages need a sign-in.

The cookie names the account and the epoch of its sessions; both are compared with the database on every request, so
that disabling an account or raising its epoch ends its sessions at once.
"""

import json
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from flask import Flask, Response, current_app, flash, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response as AnyResponse

from core.access import Viewer, viewer_of
from core.notices import count_unread
from core.people import Organisation, User, get_organisation
from webapp.runtime import current_runtime

PUBLIC_ENDPOINTS = frozenset(
    {
        "static",
        "auth.sign_in",
        "auth.enter",
        "calendar.check_certificate",
        "calendar.feed",
        "mailing.stop",
        "mailing.stopped",
        "probes.alive",
        "probes.ready",
        "metrics.show",
    }
)
"""Everything else needs a signed-in person. A test walks the URL map and compares."""
SINCE = "since"
MAX_NEXT = 2000


@dataclass(frozen=True, eq=False)
class Account:
    """The signed-in person of this request."""

    user: User
    organisation: Organisation
    viewer: Viewer
    unread: int = 0
    """Notices he has not read."""
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the session cookie keeps: the account and the epoch of its sessions."""
        return session_name(self.user)


class _Sessions(SecureCookieSessionInterface):
    """Static files have no session, so that caches may keep one copy for everybody."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, except with a static file."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def register_sessions(app: Flask) -> None:
    """Flask-Login, our cookie rules, and a sign-in required by default."""
    manager = LoginManager()
    # The address and browser of a phone change within a session; the epoch is what revokes it.
    manager.session_protection = None
    manager.user_loader(load_account)
    manager.init_app(app, add_context_processor=False)
    app.session_interface = _Sessions()
    app.before_request(_require_sign_in)
    app.jinja_env.globals.update(account=account_if_known, this_page=this_page, asking_page=asking_page)


def session_name(user: User) -> str:
    """The account and the epoch of its sessions."""
    return f"{user.id}.{user.session_epoch}"


def load_account(name: str) -> Account | None:
    """The account a session names, if that session is still good: not too old, not revoked, account not disabled."""
    runtime = current_runtime()
    age = runtime.clock.now().timestamp() - session.get(SINCE, 0)
    number = name.partition(".")[0]
    if age > runtime.settings.session_hours * 3600 or not number.isdecimal():
        return None
    with runtime.reading() as rows:
        user = rows.get(User, int(number))
        if user is None or not user.is_active or session_name(user) != name:
            return None
        unread = count_unread(rows, int(number))
        return Account(user, get_organisation(rows, user.organisation_id), viewer_of(rows, user), unread)


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


def begin_session(user: User) -> None:
    """Start a fresh session for a person; nothing of an earlier one stays, whoever planted it."""
    session.clear()
    session.permanent = True
    session[SINCE] = int(current_runtime().clock.now().timestamp())
    with current_runtime().reading() as rows:
        login_user(Account(user, get_organisation(rows, user.organisation_id), viewer_of(rows, user)))


def end_session() -> None:
    """Sign out here."""
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
    if request.endpoint in PUBLIC_ENDPOINTS or current_account() is not None:
        return None
    if "_user_id" in session:
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
        # htmx follows this header; a redirect would put the sign-in page into a corner of the old one.
        here = url_for("auth.sign_in", next=_local_address(request.headers.get("HX-Current-URL", "")) or None)
        return current_app.response_class("", 401, {"HX-Redirect": here})
    return redirect(url_for("auth.sign_in", next=local_path(wanted) or None), 302)


def _local_address(address: str) -> str:
    """The path of a whole address, when it is one of this site."""
    try:
        page = urlsplit(address)
    except ValueError:
        return ""
    return local_path(page._replace(scheme="", netloc="", fragment="").geturl()) if page.netloc == request.host else ""
