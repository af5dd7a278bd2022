"""The throttle: strangers are slowed down, the owner on a device of his is not."""

from datetime import timedelta

import pytest
from sqlmodel import select

from core import accounts
from core.accounts import Client, TooManyAttempts
from core.accounts.devices import DEVICE_LIFE, DEVICES_PER_PERSON, device_label
from core.accounts.models import KnownDevice, SignInAttempt
from core.accounts.throttle import FIRST_WAIT, network_of
from core.audit import AuditEvent
from tests.factories import World
from tests.unit.core.conftest import HOME, PASSWORD, enter

FEW, ANYWHERE, NETWORK = (
    accounts.FAILURES_PER_ACCOUNT,
    accounts.FAILURES_FROM_ANYWHERE,
    accounts.FAILURES_PER_ADDRESS,
)
MOMENT = timedelta(seconds=1)


def at(number: int, *devices: str) -> Client:
    return Client(address=f"198.51.100.{number}", devices=devices)


def fail(world: World, email: str, times: int, client: Client = HOME) -> None:
    for _ in range(times):
        assert enter(world, email, "wrong", client) is None


def waits(world: World, email: str, client: Client = HOME, password: str = PASSWORD) -> TooManyAttempts:
    with pytest.raises(TooManyAttempts) as refused:
        enter(world, email, password, client)
    return refused.value


def refusals(world: World) -> list[AuditEvent]:
    with world.reading() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "user.sign_in_refused"))
        return list(events)


def test_each_further_guess_waits_twice_as_long(world: World, email: str) -> None:
    fail(world, email, FEW)
    pause = FIRST_WAIT
    while pause < accounts.WINDOW:
        assert waits(world, email).minutes == pause // timedelta(minutes=1)
        world.clock.advance(pause)
        fail(world, email, 1)
        pause *= 2
    assert waits(world, email).minutes == 15
    world.clock.advance(accounts.WINDOW)
    assert enter(world, email)
    fail(world, email, FEW)


def test_strangers_do_not_lock_the_owner_out_of_a_known_device(world: World, email: str) -> None:
    signed = enter(world, email)
    assert signed is not None
    mine = Client(address="203.0.113.7", devices=(signed.device_token,))
    fail(world, email, FEW, at(1))
    for number in range(2, 2 + (ANYWHERE - FEW) // FEW):
        fail(world, email, FEW, at(number))
    assert waits(world, email, at(99)).is_lifted_by_reset
    again = enter(world, email, client=mine)
    assert again is not None
    assert again.device_token == ""
    # That the owner came in is no reason to let the strangers go on.
    waits(world, email, at(1))


def test_an_owner_who_mistypes_on_his_device_is_slowed_down_there(world: World, email: str) -> None:
    signed = enter(world, email)
    assert signed is not None
    mine = at(7, signed.device_token)
    fail(world, email, FEW, mine)
    # Then he is as good as a stranger, and after that he waits.
    fail(world, email, FEW, mine)
    waits(world, email, mine)
    world.clock.advance(accounts.WINDOW + MOMENT)
    assert enter(world, email, client=mine)
    fail(world, email, FEW, mine)


def test_a_network_is_slowed_down_but_not_the_known_devices_in_it(world: World, email: str) -> None:
    signed = enter(world, email)
    assert signed is not None
    for number in range(NETWORK):
        fail(world, f"guess{number}@exchange.example", 1)
    assert not waits(world, email).is_lifted_by_reset
    assert enter(world, email, client=at(1))
    assert enter(world, email, client=Client(address=HOME.address, devices=(signed.device_token,)))


def test_a_token_of_somebody_else_is_no_known_device(world: World, email: str) -> None:
    signed = enter(world, email)
    assert signed is not None
    other = accounts.AccountDraft(email="bilal@exchange.example", name="Bilal", organisation="source")
    with world.work() as work:
        accounts.add_user(work, None, other, accounts.hash_password(PASSWORD))
    shared = Client(address=HOME.address, devices=(signed.device_token, "x" * 43))
    fail(world, other.email, FEW, shared)
    waits(world, other.email, shared)
    world.clock.advance(FIRST_WAIT)
    second = enter(world, other.email, client=shared)
    assert second is not None
    assert second.device_token not in ("", *shared.devices)


@pytest.mark.parametrize("lift", ["reset", "enable"])
def test_an_administrator_lifts_it(world: World, email: str, lift: str) -> None:
    for number in range(ANYWHERE // FEW):
        fail(world, email, FEW, at(number))
    waits(world, email, at(0))
    password = accounts.make_password()
    with world.work() as work:
        if lift == "reset":
            accounts.reset_password(work, None, email, password.hash)
        else:
            accounts.enable_user(work, None, email)
    assert enter(world, email, password.text if lift == "reset" else PASSWORD, at(0))


def test_a_flood_is_one_event_in_each_window(world: World, email: str) -> None:
    fail(world, email, FEW)
    for _ in range(5):
        waits(world, email, password="wrong")
    assert [event.details["counter"] for event in refusals(world)] == ["account address"]
    for number in range(NETWORK - FEW):
        fail(world, f"guess{number}@exchange.example", 1)
    for number in range(NETWORK):
        waits(world, f"guess{number}@exchange.example")
    assert [event.details["counter"] for event in refusals(world)] == ["account address", "address"]
    world.clock.advance(accounts.WINDOW + MOMENT)
    fail(world, email, 1)
    waits(world, email)
    assert len(refusals(world)) == 3


def test_a_refusal_on_record_costs_no_write(world: World, email: str) -> None:
    fail(world, email, FEW)
    waits(world, email)
    with world.work() as work:
        work.audit("somebody.writes")
        # On SQLite and PostgreSQL there is one writer: a second unit of work would wait for this one.
        waits(world, email)


def test_old_attempts_are_not_kept(world: World, email: str) -> None:
    fail(world, email, 3)
    world.clock.advance(timedelta(hours=1) + MOMENT)
    fail(world, email, 1)
    with world.reading() as session:
        assert len(session.exec(select(SignInAttempt)).all()) == 1


def test_a_person_has_a_bounded_number_of_devices(world: World, email: str) -> None:
    first = enter(world, email)
    assert first is not None
    for _ in range(DEVICES_PER_PERSON):
        world.clock.advance(MOMENT)
        enter(world, email)
    with world.reading() as session:
        assert len(session.exec(select(KnownDevice)).all()) == DEVICES_PER_PERSON
    again = enter(world, email, client=at(1, first.device_token))
    assert again is not None
    assert again.device_token


def test_a_device_that_was_not_used_for_a_year_is_a_stranger(world: World, email: str) -> None:
    first = enter(world, email)
    assert first is not None
    world.clock.advance(DEVICE_LIFE + MOMENT)
    fail(world, email, FEW, at(1))
    waits(world, email, at(1, first.device_token))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:" + "x" * 500, ("unix:" + "x" * 500)[:64]),
    ],
)
def test_a_client_is_counted_by_what_it_cannot_leave(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Safari/537.36",
            "Chrome, Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/138.0 Safari/537.36 Edg/138.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5", ""),
        ("", ""),
        ("<script>" * 5_000, ""),
    ],
)
def test_a_device_has_a_short_name(agent: str, label: str) -> None:
    assert device_label(agent) == label
