"""Mail, read at a real SMTP server: what is sent is trimmed as it is sent, and nothing is lost or sent twice."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from core.access import Marking
from core.audit import AuditEvent
from core.mail import preferences, queue
from core.mail.models import Delivery, Mail, MailPreference, MailState
from core.mail.preferences import PreferenceDraft
from core.mail.schedule import last_digest, next_allowed
from core.people import Role, User
from core.settings import Settings
from tests.factories import NOW
from tests.smtp_server import Box, free_port, smtp_server
from webapp.composition import build_postman
from webapp.mailing.delivery import Postman, zone_of


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Box, int]]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def box(server: tuple[Box, int]) -> Box:
    server[0].mails.clear()
    server[0].refuse.clear()
    return server[0]


@pytest.fixture
def settings(settings: Settings, server: tuple[Box, int]) -> Settings:
    return settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": server[1],
            "smtp_starttls": False,
            "time_zone": "UTC",
            "mail_from": "Knowledge Exchange <exchange@police.example>",
            "address": "https://exchange.police.example",
        }
    )


@pytest.fixture
def postman(runtime) -> Postman:
    return build_postman(runtime)


@pytest.fixture
def author(enter):
    return enter("amina")


@pytest.fixture
def librarian(enter):
    return enter("karim", Role.LIBRARIAN)


def choose(world, person, delivery: Delivery, **values) -> None:
    with world.work() as work:
        preferences.choose(work, person.id, PreferenceDraft(delivery=delivery, **values))


def publish(world, author, librarian, **changes) -> int:
    number = world.record(author.viewer, publish=False, **changes)
    assert librarian.post(f"/records/{number}/publish").status == 303
    return number


def states(world) -> list[str]:
    with world.database.reading() as session:
        return [row.state for row in session.exec(select(Mail).order_by(Mail.id))]


def text_of(mail: Message) -> str:
    return str(mail.get_content())


def test_who_wants_it_at_once_is_told_at_once(box, postman, world, author, librarian):
    choose(world, author, Delivery.AT_ONCE)
    number = publish(world, author, librarian, title="Handling a wasp's nest")
    assert postman.run() == 1
    (mail,) = box.to(author.email)
    assert mail["Subject"] == "[Knowledge Exchange] Your record was published."
    assert "Handling a wasp's nest" in text_of(mail)
    assert f"https://exchange.police.example/records/{number}" in text_of(mail)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@police.example>")
    assert postman.run() == 0
    assert len(box.to(author.email)) == 1


def test_a_digest_comes_once_at_its_hour(box, postman, world, author, librarian, clock):
    choose(world, author, Delivery.DAILY, hour=12)
    clock.set(NOW.replace(hour=11))
    publish(world, author, librarian, title="First")
    publish(world, author, librarian, title="Second")
    assert postman.run() == 0
    clock.set(NOW.replace(hour=12, minute=1))
    assert postman.run() == 1
    (mail,) = box.to(author.email)
    assert mail["Subject"] == "[Knowledge Exchange] 2 things new for you"
    assert "First" in text_of(mail)
    assert "Second" in text_of(mail)
    assert postman.run() == 0
    clock.set(NOW + timedelta(days=2))
    assert postman.run() == 0, "nothing new, no mail"


def test_a_missed_hour_is_caught_up_once(box, postman, world, author, librarian, clock):
    choose(world, author, Delivery.WEEKLY, hour=7, weekday=0)
    clock.advance(timedelta(hours=1))
    publish(world, author, librarian)
    clock.set(NOW + timedelta(days=23))
    assert postman.run() == 1
    assert postman.run() == 0


def test_what_was_read_meanwhile_is_not_mailed(box, postman, world, author, librarian):
    choose(world, author, Delivery.AT_ONCE)
    number = publish(world, author, librarian)
    with world.work() as work:
        queue.put_notices(work)
    author.post("/notices/open", ref=f"record:{number}")
    assert postman.run() == 0
    assert states(world) == [MailState.DROPPED]


def test_what_was_left_before_one_chose_is_not_mailed(box, postman, world, author, librarian, clock):
    publish(world, author, librarian)
    clock.advance(timedelta(minutes=1))
    choose(world, author, Delivery.AT_ONCE)
    assert postman.run() == 0
    assert states(world) == []


@pytest.mark.parametrize("change", ["tokens", "disabled", "unverified", "off"])
def test_it_is_trimmed_at_the_moment_of_sending(box, postman, world, author, librarian, change):
    choose(world, author, Delivery.AT_ONCE)
    publish(world, author, librarian, title="Wolfsbane")
    with world.work() as work:
        queue.put_notices(work)
        user = work.session.get(User, author.id)
        if change == "tokens":
            work.session.connection().exec_driver_sql("DELETE FROM access_token")
        elif change == "disabled":
            user.is_active = False
        elif change == "unverified":
            user.is_verified = False
        else:
            preferences.stop(work, author.id)
        work.session.add(user)
    assert postman.run() == 0
    assert not box.mails
    assert states(world) == [MailState.DROPPED]


def test_nothing_of_a_red_object_stands_in_a_mail(box, postman, world, author, librarian):
    choose(world, author, Delivery.AT_ONCE)
    publish(world, author, librarian, title="Wolfsbane", marking=Marking.RED, named_users=[librarian.id])
    assert postman.run() == 1
    (mail,) = box.to(author.email)
    assert "Wolfsbane" not in mail.as_string()
    assert "Your record was published." in text_of(mail)


def test_hostile_titles_are_text_and_no_header(box, postman, world, author, librarian):
    choose(world, author, Delivery.AT_ONCE)
    publish(world, author, librarian, title="<script>alert(1)</script> Bcc: x@evil.example")
    postman.run()
    (mail,) = box.to(author.email)
    assert mail.get_content_type() == "text/plain"
    assert mail["Bcc"] is None
    assert "<script>alert(1)</script>" in text_of(mail)


def test_it_is_in_the_readers_language(box, postman, world, author, librarian):
    choose(world, author, Delivery.AT_ONCE)
    with world.work() as work:
        user = work.session.get(User, author.id)
        user.language = "ur"
        work.session.add(user)
    publish(world, author, librarian)
    postman.run()
    (mail,) = box.to(author.email)
    assert re.search("[\u0600-\u06ff]{3}", mail["Subject"])


def test_quiet_hours_are_kept(box, postman, world, author, librarian, clock):
    choose(world, author, Delivery.AT_ONCE, quiet_from=10, quiet_until=9)
    clock.set(NOW.replace(hour=10))
    publish(world, author, librarian)
    assert postman.run() == 0
    clock.set(NOW.replace(hour=8, minute=59) + timedelta(days=1))
    assert postman.run() == 0
    clock.set(NOW.replace(hour=9) + timedelta(days=1))
    assert postman.run() == 1


def test_one_click_ends_it_without_signing_in(box, postman, world, author, librarian, app):
    choose(world, author, Delivery.AT_ONCE)
    publish(world, author, librarian)
    postman.run()
    (mail,) = box.to(author.email)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = mail["List-Unsubscribe"].strip("<>").removeprefix("https://exchange.police.example")
    stranger = app.test_client()
    assert stranger.get(path).status_code == 200
    with world.database.reading() as session:
        assert session.get(MailPreference, author.id).delivery == Delivery.AT_ONCE, (
            "a scanner that opens it changes nothing"
        )
    assert stranger.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with world.database.reading() as session:
        assert session.get(MailPreference, author.id).delivery == Delivery.OFF
    assert stranger.get(path[:-3] + "abc").status_code == 404
    assert stranger.post(path[:-3] + "abc").status_code == 404
    assert stranger.get("/account/").status_code == 302, "the link opens nothing else"


def test_a_server_that_is_away_costs_nothing_but_time(box, runtime, world, author, librarian, clock):
    choose(world, author, Delivery.AT_ONCE)
    publish(world, author, librarian)
    away = build_postman(runtime)
    away.transport = type(away.transport)(away.transport.func, **{**away.transport.keywords, "port": free_port()})
    assert away.run() == 0
    assert states(world) == [MailState.WAITING]
    clock.set(NOW + timedelta(minutes=2))
    assert build_postman(runtime).run() == 1


def test_an_address_refused_for_good_is_parked_and_one_refused_for_now_is_tried_again(
    box, postman, world, author, librarian, clock
):
    choose(world, author, Delivery.AT_ONCE)
    choose(world, librarian, Delivery.AT_ONCE)
    box.refuse = {author.email: "550 no such mailbox", librarian.email: "451 try later"}
    publish(world, author, librarian)
    author.post("/requests", question="Where is the wolfsbane?")
    assert postman.run() == 0
    assert states(world) == [MailState.PARKED, MailState.WAITING]
    box.refuse.clear()
    assert postman.run() == 0, "not before its time"
    clock.set(NOW + timedelta(minutes=5))
    assert postman.run() == 1


def test_a_sender_that_died_is_followed_by_one_with_the_same_message_id(box, postman, world, author, librarian, clock):
    choose(world, author, Delivery.AT_ONCE)
    publish(world, author, librarian)
    with world.work() as work:
        queue.put_notices(work)
        assert queue.claim(work)
        mail = work.session.exec(select(Mail)).one()
        mail.message_id = "<known@police.example>"
        work.session.add(mail)
    assert postman.run() == 0, "claimed by another"
    clock.set(NOW + queue.LEASE + timedelta(seconds=1))
    assert postman.run() == 1
    assert box.mails[0][1]["Message-ID"] == "<known@police.example>"


def test_two_senders_do_not_send_the_same(box, postman, world, author, librarian):
    choose(world, author, Delivery.AT_ONCE)
    publish(world, author, librarian)
    with world.work() as one:
        queue.put_notices(one)
        assert len(queue.claim(one)) == 1
    with world.work() as other:
        assert queue.claim(other) == []


def test_who_received_what_is_known(box, postman, world, author, librarian):
    choose(world, author, Delivery.AT_ONCE)
    number = publish(world, author, librarian)
    postman.run()
    with world.database.reading() as session:
        sent = session.exec(select(AuditEvent).where(AuditEvent.action == "mail.sent")).one()
    assert (sent.actor_id, sent.object_id) == (author.id, number)


def test_choices_are_made_on_a_page(author, world):
    assert (
        author.post("/account/mail", delivery="weekly", hour="6", weekday="4", quiet_from="22", quiet_until="6").status
        == 303
    )
    page = author.see("/account/mail").fields("form[action=/account/mail]")
    assert (page["delivery"], page["weekday"], page["quiet_from"]) == ("weekly", "4", "22")
    for wrong in (
        {"delivery": "sometimes"},
        {"delivery": "daily", "quiet_from": "7", "quiet_until": ""},
        {"delivery": "daily", "hour": "25"},
    ):
        assert author.post("/account/mail", **{"hour": "7", "weekday": "0", **wrong}).status == 422


def test_quiet_hours_and_digests_follow_the_clock_of_the_person() -> None:
    zone, night = ZoneInfo("Asia/Karachi"), MailPreference(user_id=1, quiet_from=22, quiet_until=6)
    late = NOW.replace(hour=18)
    assert next_allowed(night, late, zone) == NOW.replace(hour=1) + timedelta(days=1)
    assert next_allowed(night, NOW.replace(hour=12), zone) == NOW.replace(hour=12)
    day = MailPreference(user_id=1, quiet_from=9, quiet_until=17)
    assert next_allowed(day, NOW.replace(hour=5), zone) == NOW.replace(hour=12)
    weekly = MailPreference(user_id=1, delivery=Delivery.WEEKLY, hour=7, weekday=0)
    due = last_digest(weekly, NOW, zone)
    assert due is not None
    assert due <= NOW
    assert due.astimezone(zone).weekday() == 0
    assert last_digest(MailPreference(user_id=1, delivery=Delivery.OFF), NOW, zone) is None


def test_who_chose_no_time_zone_lives_in_the_bureaus() -> None:
    bureau = ZoneInfo("Asia/Karachi")
    assert zone_of(User(time_zone=""), bureau) is bureau
    assert zone_of(User(time_zone="Europe/Oslo"), bureau) == ZoneInfo("Europe/Oslo")
