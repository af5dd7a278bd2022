"""Commands that change who may do what: done by a named person or by the system, under the policy, and audited."""

from sqlmodel import select

from core.audit import AuditEvent
from core.people import Organisation, Role, find_user_by_email

ADD = ("organisation", "add", "lab", "--name", "Laboratory")


def actors(world, action: str) -> list[int | None]:
    with world.database.reading() as session:
        return list(session.exec(select(AuditEvent.actor_id).where(AuditEvent.action == action)))


def number(world, email: str) -> int | None:
    with world.database.reading() as session:
        user = find_user_by_email(session, email)
        return user.id if user else None


def test_without_a_name_the_system_does_it(world, ipcu):
    assert "lab is added." in ipcu(*ADD).well().out
    ipcu("user", "add", "new@exchange.example", "--name", "New", "--organisation", "lab").well()
    ipcu("organisation", "client", "lab", "cid").well()
    for action in ("organisation.added", "user.added", "organisation.client_declared"):
        assert actors(world, action) == [None]


def test_a_named_person_needs_the_power_and_is_audited(world, ipcu):
    assert ipcu(*ADD, "--as", "amina@exchange.example").complaint == "Organisations are managed by administrators."
    assert (
        ipcu(*ADD, "--as", "nobody@exchange.example").complaint
        == "Nobody active has the address nobody@exchange.example."
    )
    with world.database.reading() as session:
        cid = session.exec(select(Organisation.id)).one()
    boss = world.person("olga", cid, Role.ADMINISTRATOR)
    ipcu(*ADD, "--as", "olga@exchange.example").well()
    person = ("user", "add", "new@exchange.example", "--name", "New", "--organisation", "cid")
    assert "officers of your own organisation" in ipcu(*person, "--as", "amina@exchange.example").complaint
    assert number(world, "new@exchange.example") is None
    ipcu(*person, "--as", "olga@exchange.example").well()
    assert actors(world, "organisation.added") == actors(world, "user.added") == [boss]


def test_an_organisation_whose_drafts_nobody_can_publish_is_told_of(world, ipcu):
    assert "Nobody can publish its drafts yet" in ipcu(*ADD).well().err
    covered = ipcu("organisation", "add", "post", "--name", "Post", "--reviewed-by", "cid").well()
    assert "Nobody can publish" not in covered.err
    assert "Nobody can publish" not in ipcu(*ADD[:2], "green", "--name", "Green", "--marking", "GREEN").well().err


def test_an_organisation_is_retired_and_used_again(world, ipcu):
    assert "2 people with open accounts" in ipcu("organisation", "retire", "cid").complaint
    ipcu(*ADD).well()
    ipcu("organisation", "retire", "lab").well()
    assert "lab" in ipcu("organisation", "list").well().out
    assert "retired" in ipcu("organisation", "list").well().out
    refused = ipcu("user", "add", "new@exchange.example", "--name", "New", "--organisation", "lab").complaint
    assert refused == "Laboratory is retired: it takes no new people and records."
    ipcu("organisation", "retire", "lab", "--reopen").well()
    ipcu("user", "add", "new@exchange.example", "--name", "New", "--organisation", "lab").well()
