"""One mail as it leaves: subject, text, and the headers that make it a good citizen."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from flask import Flask, render_template, url_for
from flask_babel import force_locale, gettext, ngettext
from itsdangerous import BadSignature, URLSafeSerializer

from core.mail.models import MailKind
from core.people import User
from webapp.mailing.wording import Line
from webapp.wording.i18n import LOCALES

SALT = "unsubscribe"
POLICY = SMTP.clone(max_line_length=500)
"""An address that is folded is no link for many mail programs; RFC 5322 allows 998 characters."""


def stop_token(app: Flask, user_id: int) -> str:
    """What the link in a mail carries so that its reader can stop them without signing in. It opens nothing else."""
    return str(URLSafeSerializer(str(app.secret_key), salt=SALT).dumps(user_id))


def user_of_token(app: Flask, token: str) -> int | None:
    """The person a link was made for; None for a forged one."""
    try:
        found = URLSafeSerializer(str(app.secret_key), salt=SALT).loads(token)
    except BadSignature:
        return None
    return found if isinstance(found, int) else None


def new_message_id(mail_from: str) -> str:
    """A new Message-ID in the sender's domain."""
    return make_msgid(domain=parseaddr(mail_from)[1].rpartition("@")[2] or "exchange.invalid")


def make_message(
    app: Flask, user: User, kind: MailKind, lines: list[Line], *, sender: str, message_id: str, now: datetime
) -> EmailMessage:
    """A mail that tells one person of these lines, in his language. Plain text: nothing in it can run or be loaded.

    Needs an application context. Header fields are of our own words; what others wrote stands in the text only.
    """
    assert user.id is not None
    with force_locale(LOCALES.get(user.language, LOCALES["en"])):
        stop_url = url_for("mailing.stop", token=stop_token(app, user.id), _external=True)
        subject = (
            str(lines[0].sentence)
            if kind is MailKind.NOTICE
            else ngettext("%(num)s thing new for you", "%(num)s things new for you", len(lines))
        )
        text = render_template(
            "mailing/mail.txt",
            user=user,
            lines=lines,
            stop_url=stop_url,
            choose_url=url_for("mailing.choices", _external=True),
        )
        name = gettext("Knowledge Exchange")
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = user.email
    message["Subject"] = f"[{name}] {subject}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    # Nobody's holiday note shall answer it (RFC 3834), and one click ends it (RFC 8058).
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{stop_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text)
    return message
