"""The browsers of people: who asks, what such a browser is called, and in which a person has signed in before.

A known device is OWASP's "device cookie": a random token, bound to the account by a row, that lets the owner sign in while
strangers guess. Each account of a shared browser has a token of its own, made by us after the right password: nobody can plant
one, and it opens nothing by itself.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from core.accounts.models import KnownDevice
from core.uow import UnitOfWork

DEVICE_LIFE = timedelta(days=365)
"""A device that was not used for so long is known no more."""
DEVICES_PER_PERSON = 20
TOKEN_BYTES = 32
_BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac(intosh| OS X)\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True, slots=True)
class Client:
    """The browser that asks."""

    address: str = ""
    agent: str = ""
    """Its User-Agent header."""
    devices: tuple[str, ...] = ()
    """Tokens of known devices that it holds, each for another account."""
    session: str = ""
    """Token of the session that it holds."""


def new_token() -> str:
    """A secret for a browser to hold: 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """What is stored of it. Random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def device_label(agent: str) -> str:
    """Browser and system in a few words, as in "Firefox, Windows"; empty when neither is recognised."""
    agent = agent[:500]
    found = [next((name for name, sign in names if re.search(sign, agent)), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)


def find_device(session: Session, user_id: int, tokens: tuple[str, ...], now: datetime) -> KnownDevice | None:
    """The known device of this person that the browser proves to be."""
    if not tokens:
        return None
    hashes = [hash_token(token) for token in tokens]
    rows = select(KnownDevice).where(
        KnownDevice.user_id == user_id,
        col(KnownDevice.token_hash).in_(hashes),
        KnownDevice.last_used_at > now - DEVICE_LIFE,
    )
    return session.exec(rows.order_by(col(KnownDevice.id).desc()).limit(1)).first()


def remember_device(work: UnitOfWork, user_id: int, tokens: tuple[str, ...]) -> str:
    """Note a sign-in with this browser. Returns a new token for it to hold, empty when it was known already."""
    known = find_device(work.session, user_id, tokens, work.now)
    if known is not None:
        known.last_used_at = work.now
        work.session.add(known)
        return ""
    token = new_token()
    device = KnownDevice(user_id=user_id, token_hash=hash_token(token), created_at=work.now, last_used_at=work.now)
    work.session.add(device)
    work.session.flush()
    mine = select(KnownDevice.id).where(KnownDevice.user_id == user_id)
    newest = mine.order_by(col(KnownDevice.last_used_at).desc(), col(KnownDevice.id).desc()).limit(DEVICES_PER_PERSON)
    work.session.execute(
        delete(KnownDevice).where(col(KnownDevice.user_id) == user_id, col(KnownDevice.id).not_in(newest))
    )
    return token
