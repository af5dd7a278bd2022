"""The job that sends what is due: digests are queued when their hour comes, each mail is rendered as it is sent."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from flask import Flask
from sqlmodel import Session, col, select

from core.access import Viewer, viewer_of
from core.mail import queue
from core.mail.models import Delivery, Mail, MailKind, MailPreference, MailState
from core.mail.schedule import last_digest, next_allowed, preference_of
from core.mail.smtp import Refused, Transport, Unreachable
from core.notices import Notice, list_since
from core.people import User
from webapp.mailing.message import make_message, new_message_id
from webapp.mailing.wording import Line, lines_for
from webapp.part import Services

log = logging.getLogger(__name__)


@dataclass
class Postman:
    """Sends the queue of one system. `app` renders; it needs `SERVER_NAME`, for there is no request to take the address from."""

    services: Services
    app: Flask
    transport: Callable[[], Transport]

    def run(self) -> int:
        """Queue what people want to be told of and send what is due. Returns how many mails were sent.

        A server that cannot be reached ends the run: the mails go back as they were and nothing is counted against them.
        """
        with self.services.work() as work:
            queue.put_notices(work)
        self.queue_digests()
        sent = 0
        while batch := self._claim():
            try:
                with self.transport() as server:
                    while batch:
                        sent += self._send(server, batch[0])
                        batch = batch[1:]
            except Unreachable as problem:
                log.warning("mail server: %s", problem)
                with self.services.work() as work:
                    queue.release(work, batch)
                break
        return sent

    def queue_digests(self) -> None:
        """Queue the digest of everybody whose hour has come since his last one. A missed hour is caught up once."""
        with self.services.work() as work:
            now = work.now
            chosen = {row.user_id: row for row in work.session.exec(select(MailPreference))}
            people = work.session.exec(select(User).where(User.is_active, User.is_verified))
            for user in people:
                assert user.id is not None
                due = last_digest(
                    chosen.get(user.id, MailPreference(user_id=user.id)),
                    now,
                    zone_of(user, self.services.settings.zone),
                )
                before = queue.last_digest_of(work.session, user.id)
                since = max(before or user.created_at, user.created_at)
                if due is None or due <= since:
                    continue
                if list_since(work.session, user.id, since, due, limit=1):
                    queue.put_digest(work.session, user.id, since=since, due_at=due, now=now)
            queue.forget_old(work)

    def _claim(self) -> list[int]:
        with self.services.work() as work:
            return queue.claim(work)

    def _send(self, server: Transport, mail_id: int) -> bool:
        """Send one claimed mail and settle it; True when the server took it."""
        with self.services.work() as work:
            mail = work.session.get(Mail, mail_id)
            if mail is None or mail.state != MailState.WAITING:
                return False
            mail.message_id = mail.message_id or new_message_id(self.services.settings.mail_from)
            user = work.session.get(User, mail.user_id)
            assert user is not None
            preference = preference_of(work.session, mail.user_id)
            allowed = next_allowed(preference, work.now, zone_of(user, self.services.settings.zone))
            if allowed > work.now:
                queue.postpone(work, mail_id, allowed)
                return False
            lines = self._lines(work.session, mail, user) if preference.delivery != Delivery.OFF else []
            if not lines:
                queue.settle(work, mail_id, MailState.DROPPED)
                return False
            work.session.add(mail)
            kind, message_id, now = MailKind(mail.kind), mail.message_id, work.now
        with self.app.app_context():
            sender = self.services.settings.mail_from
            message = make_message(self.app, user, kind, lines, sender=sender, message_id=message_id, now=now)
        try:
            server.send(message)
        except Refused as refusal:
            self._refused(mail_id, refusal)
            return False
        with self.services.work() as work:
            queue.settle(work, mail_id, MailState.SENT)
            for line in lines:
                # Who received what: when a marking is raised later, this says whom to ask to delete it.
                work.audit("mail.sent", line.ref, actor_id=user.id, notice=line.notice_id)
        return True

    def _refused(self, mail_id: int, refusal: Refused) -> None:
        with self.services.work() as work:
            if refusal.is_final:
                queue.settle(work, mail_id, MailState.PARKED, str(refusal))
            else:
                queue.put_back(work, mail_id, str(refusal))

    def _lines(self, session: Session, mail: Mail, user: User) -> list[Line]:
        viewer: Viewer = viewer_of(session, user)
        if not viewer.audience:
            return []
        if mail.kind == MailKind.NOTICE:
            notices = list(
                session.exec(select(Notice).where(Notice.id == mail.notice_id, col(Notice.read_at).is_(None)))
            )
        else:
            assert mail.since is not None
            assert user.id is not None
            notices = list_since(session, user.id, mail.since, mail.due_at)
        with self.app.app_context():
            return lines_for(self.services.parts, session, viewer, notices, is_external=True)


def zone_of(user: User, bureau: tzinfo) -> tzinfo:
    """The person's time zone; who chose none lives in the bureau's."""
    return ZoneInfo(user.time_zone) if user.time_zone else bureau
