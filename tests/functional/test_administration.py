"""Organisations, people and the audit trail in the browser: who may, what follows, and that it is audited."""

import pytest
from sqlmodel import select

from core import accounts
from core.audit import AuditEvent
from core.people import Organisation, Role, User, find_user_by_email, roles_of
from tests.functional.pages import Visitor, path_of

OTHERS = [role for role in Role if role is not Role.ADMINISTRATOR]


@pytest.fixture
def boss(enter) -> Visitor:
    return enter("bilal", Role.ADMINISTRATOR)


@pytest.fixture
def focal(enter) -> Visitor:
    return enter("fatima", Role.FOCAL_POINT)


def events(world, *actions: str) -> list[AuditEvent]:
    with world.database.reading() as session:
        rows = session.exec(select(AuditEvent).order_by(AuditEvent.number)).all()
    return [row for row in rows if row.action in actions]


def row(world, key: str) -> Organisation:
    with world.database.reading() as session:
        return session.exec(select(Organisation).where(Organisation.key == key)).one()


def person(world, number: int) -> tuple[User, frozenset[Role]]:
    with world.database.reading() as session:
        user = session.get(User, number)
        assert user is not None
        return user, roles_of(session, number)


NEW = {"key": "forensics", "name": "Forensic Agency", "kind": "police", "default_marking": "GREEN"}


def test_an_organisation_is_added_changed_and_found(boss, world):
    world.person("lena", row(world, "home").id, Role.LIBRARIAN)
    added = boss.post("/admin/organisations/new", **NEW, parent="home", acronym="FA", country="pk")
    assert added.status == 303
    number = row(world, "forensics").id
    assert path_of(added) == f"/admin/organisations/{number}"
    changed = {**NEW, "name": "Agency of Forensics", "parent": "", "default_marking": "AMBER"}
    assert boss.post(f"/admin/organisations/{number}", **changed).status == 303
    kept = row(world, "forensics")
    assert (kept.name, kept.parent_id, kept.default_marking) == ("Agency of Forensics", None, "AMBER")
    assert boss.see("/admin/organisations/?q=forens").texts("th[scope=row]") == ["Agency of Forensics"]
    assert [one.actor_id for one in events(world, "organisation.added", "organisation.edited")] == [boss.id] * 2


def test_what_does_not_fit_is_said_beside_the_field_and_nothing_typed_is_lost(boss):
    answer = boss.post("/admin/organisations/new", **{**NEW, "key": "Not A Key", "name": "F"})
    assert answer.status == 422
    assert "Lowercase letters" in answer.one("#f-key-error").text
    assert answer.one("#f-name")["value"] == "F"
    assert boss.post("/admin/organisations/new", **{**NEW, "key": "home"}).status == 409
    assert boss.post("/admin/organisations/new", **{**NEW, "parent": "nowhere"}).status == 404


def test_an_organisation_cannot_stand_below_itself(boss, world):
    top = world.organisation("top")
    world.organisation("below", parent=top)
    answer = boss.post(f"/admin/organisations/{top}", **{**NEW, "parent": "below"})
    assert answer.status == 422
    assert "below itself" in answer.one("#f-parent-error").text


def test_nobody_to_publish_its_drafts_is_said_at_once(boss, world):
    warned = boss.post("/admin/organisations/new", **{**NEW, "default_marking": "AMBER+STRICT"})
    assert "Nobody can publish" in boss.see(path_of(warned)).one(".notice-warning").text
    world.person("lena", row(world, "home").id, Role.LIBRARIAN)
    covered = {**NEW, "key": "lab", "default_marking": "AMBER+STRICT", "reviewed_by": "home"}
    assert not boss.see(path_of(boss.post("/admin/organisations/new", **covered))).all(".notice-warning")


def test_a_retired_organisation_takes_nobody_and_nothing_and_stays_readable(boss, enter, world, index):
    writer = enter("amina", organisation="cid")
    record = world.record(writer.viewer, title="Written before it was retired")
    cid = row(world, "cid").id
    refused = boss.post(f"/admin/organisations/{cid}/retire")
    assert refused.status == 409
    assert "1 people with open accounts" in refused.one(".problem-message").text
    assert row(world, "cid").retired_at is None

    home = row(world, "home").id
    assert boss.post(f"/admin/people/{writer.id}/move", organisation_id=str(home)).status == 303
    assert boss.post(f"/admin/organisations/{cid}/retire").status == 303
    assert boss.see(f"/records/{record}").one("h1").text == "Written before it was retired"
    account = {"email": "new@exchange.example", "name": "New", "organisation": "cid", "language": "en"}
    answer = boss.post("/admin/people/new", **account)
    assert answer.status == 422
    assert "is retired" in answer.one("#f-organisation-error").text
    assert boss.post(f"/admin/people/{writer.id}/move", organisation_id=str(cid)).status == 422
    assert boss.post(f"/admin/organisations/{cid}/reopen").status == 303
    assert [one.action for one in events(world, "organisation.retired", "organisation.reopened")] == [
        "organisation.retired",
        "organisation.reopened",
    ]


def test_no_record_is_written_for_a_retired_organisation(boss, enter, world):
    world.organisation("old")
    librarian = enter("lena", Role.LIBRARIAN)
    old = row(world, "old").id
    boss.post(f"/admin/organisations/{old}/retire")
    fields = {
        "kind": "sop",
        "title": "Too late for this",
        "year": "2026",
        "marking": "GREEN",
        "organisation_id": str(old),
    }
    answer = librarian.post("/library/new", **fields)
    assert answer.status == 422
    assert "is retired" in answer.one("#organisation_id-error").text
    assert "old" not in librarian.see("/library/new").one("#organisation_id").text.casefold().split()


def test_clients_see_what_is_marked_amber_from_the_browser_too(boss, enter, world):
    writer, client = enter("amina", organisation="cid"), enter("carol", organisation="lab")
    record = world.record(writer.viewer, marking="AMBER")
    cid = row(world, "cid").id
    assert client.get(f"/records/{record}").status == 404
    boss.post(f"/admin/organisations/{cid}/clients", client="lab")
    assert client.get(f"/records/{record}").status == 200
    boss.post(f"/admin/organisations/{cid}/clients", client="lab", revoke="1")
    assert client.get(f"/records/{record}").status == 404


ACCOUNT = {"email": " New@Exchange.example", "name": "New Person", "rank": "Inspector", "organisation": "home"}


def test_a_person_is_added_with_a_password_that_is_shown_once(boss, world, app, sign_in):
    page = boss.post("/admin/people/new", **ACCOUNT, language="ur", roles=["librarian", "moderator"])
    assert page.status == 200
    password = page.one("#first-password").text
    assert page.headers["Cache-Control"] == "no-store"
    with world.database.reading() as session:
        user = find_user_by_email(session, "new@exchange.example")
        assert user is not None
        assert (user.name, user.rank, user.language) == ("New Person", "Inspector", "ur")
        assert roles_of(session, user.id) == {Role.LIBRARIAN, Role.MODERATOR}
    assert password not in boss.see(f"/admin/people/{user.id}").html
    sign_in(app.test_client(), user, password)
    assert [one.actor_id for one in events(world, "user.added")] == [boss.id]
    assert boss.post("/admin/people/new", **ACCOUNT, language="en").status == 409


def test_people_are_found_by_part_of_name_by_organisation_role_and_state(boss, world):
    home, other = row(world, "home").id, world.organisation("other")
    for number in range(30):
        world.person(f"officer{number:02d}", home, Role.OFFICER)
    world.person("zara", other, Role.LIBRARIAN, verified=False)
    listed = boss.see("/admin/people/?q=officer")
    assert listed.counted == 30
    assert len(listed.all("th[scope=row]")) == 25
    assert boss.see("/admin/people/?q=officer&page=2").texts("th[scope=row]")[0] == "Officer25"
    assert len(boss.see("/admin/people/?q=officer&page=99").all("th[scope=row]")) == 5
    for query in (f"organisation={other}", "role=librarian", "state=unverified", "q=zara%40"):
        assert boss.see(f"/admin/people/?{query}").texts("th[scope=row]") == ["Zara"], query
    assert boss.see("/admin/people/?q=%25").counted == 0


def test_roles_names_and_organisations_are_changed_by_another_administrator_only(boss, world):
    home, other = row(world, "home").id, world.organisation("other")
    number = world.person("amina", home, Role.OFFICER)
    assert boss.post(f"/admin/people/{number}/roles", roles=["librarian", "focal_point"]).status == 303
    assert boss.post(f"/admin/people/{number}/move", organisation_id=str(other)).status == 303
    assert boss.post(f"/admin/people/{number}", name="Amina Khan", rank="DSP").status == 303
    user, roles = person(world, number)
    assert (user.name, user.rank, user.organisation_id) == ("Amina Khan", "DSP", other)
    assert roles == {Role.LIBRARIAN, Role.FOCAL_POINT}
    (event,) = events(world, "user.roles_changed")
    assert event.details == {"before": ["officer"], "after": ["focal_point", "librarian"]}
    for action in ("roles", "disable", "reset", "unverify"):
        assert boss.post(f"/admin/people/{boss.id}/{action}", roles=["officer"]).status == 403
    assert person(world, boss.id)[1] == {Role.ADMINISTRATOR}


def test_an_account_is_disabled_opened_and_reset_apart_from_each_other(boss, enter, world, app, sign_in):
    officer = enter("amina")
    assert boss.post(f"/admin/people/{officer.id}/disable").status == 303
    assert officer.get("/").status == 302
    password = boss.post(f"/admin/people/{officer.id}/reset").one("#first-password").text
    user, _ = person(world, officer.id)
    assert not user.is_active
    assert accounts.verify_password(user.password_hash, password)
    assert boss.post(f"/admin/people/{officer.id}/enable").status == 303
    sign_in(app.test_client(), user, password)
    assert boss.post(f"/admin/people/{officer.id}/enable").status == 409
    for action in ("user.disabled", "user.password_reset", "user.enabled"):
        assert [one.actor_id for one in events(world, action)] == [boss.id]


def test_sessions_end_and_trust_is_taken_and_given(boss, enter, world):
    officer = enter("amina")
    record = world.record(enter("carol").viewer)
    assert officer.get(f"/records/{record}").status == 200
    boss.post(f"/admin/people/{officer.id}/unverify")
    assert officer.get(f"/records/{record}").status == 404
    boss.post(f"/admin/people/{officer.id}/verify")
    assert officer.get(f"/records/{record}").status == 200
    boss.post(f"/admin/people/{officer.id}/end-sessions")
    assert officer.get(f"/records/{record}").status == 302


def test_a_focal_point_looks_after_the_officers_of_his_own_organisation(focal, world):
    home, other = row(world, "home").id, world.organisation("other")
    mine, librarian = world.person("amina", home, Role.OFFICER), world.person("lena", home, Role.LIBRARIAN)
    stranger = world.person("olga", other, Role.OFFICER)
    assert focal.see("/admin/people/").texts("th[scope=row]") == ["Amina", "Fatima", "Lena"]
    assert focal.see(f"/admin/people/?organisation={other}").counted == 0
    assert focal.post(f"/admin/people/{mine}/unverify").status == 303
    assert focal.post(f"/admin/people/{mine}/disable").status == 303
    assert focal.get(f"/admin/people/{stranger}").status == 404
    assert focal.post(f"/admin/people/{stranger}/disable").status == 404
    assert focal.post(f"/admin/people/{librarian}/disable").status == 403
    assert focal.post(f"/admin/people/{mine}/roles", roles=["administrator"]).status == 403
    assert focal.post(f"/admin/people/{mine}/move", organisation_id=str(other)).status == 403
    assert person(world, mine)[1] == {Role.OFFICER}
    assert focal.post("/admin/people/new", **ACCOUNT, language="en").status == 200
    wider = {**ACCOUNT, "email": "b@exchange.example", "language": "en", "roles": ["librarian"]}
    assert focal.post("/admin/people/new", **wider).status == 403
    elsewhere = {**ACCOUNT, "email": "c@exchange.example", "language": "en", "organisation": "other"}
    assert focal.post("/admin/people/new", **elsewhere).status == 403
    assert focal.see("/").one(".nav-main").texts("a")[-1] == "People"


@pytest.mark.parametrize("role", OTHERS)
def test_administration_is_closed_to_everybody_else(enter, world, role):
    other = enter("olga", role)
    number = world.person("amina", row(world, "home").id, Role.LIBRARIAN)
    home = row(world, "home").id
    pages = ["/admin/organisations/", "/admin/organisations/new", f"/admin/organisations/{home}", "/admin/audit/"]
    if role is not Role.FOCAL_POINT:
        pages += ["/admin/people/", "/admin/people/new"]
        assert other.get(f"/admin/people/{number}").status == 404
    assert {other.get(page).status for page in pages} == {403}
    sent = {
        "/admin/organisations/new": NEW,
        f"/admin/organisations/{home}": {**NEW, "name": "Mine now"},
        f"/admin/organisations/{home}/retire": {},
        f"/admin/organisations/{home}/reopen": {},
        f"/admin/organisations/{home}/clients": {"client": "home"},
        "/admin/people/new": {**ACCOUNT, "language": "en", "roles": ["administrator"]},
        f"/admin/people/{number}/roles": {"roles": ["administrator"]},
        f"/admin/people/{number}/disable": {},
        f"/admin/people/{number}/reset": {},
        "/admin/audit/verify": {},
    }
    for url, fields in sent.items():
        assert other.post(url, **fields).status in (403, 404), url
    assert row(world, "home").name == "Home"
    assert person(world, number)[1] == {Role.LIBRARIAN}
    assert not events(world, "organisation.added", "user.added", "user.disabled", "audit.verified")


def test_the_trail_is_narrowed_by_person_action_object_and_day(boss, world, clock):
    number = world.person("amina", row(world, "home").id, Role.OFFICER)
    boss.post(f"/admin/people/{number}/unverify")
    boss.post(f"/admin/people/{number}/verify")

    def actions(query: str) -> list[str]:
        return [cells.texts("td")[3] for cells in boss.see(f"/admin/audit/?{query}").one("table").all("tr")[1:]]

    assert actions(f"kind=user&object={number}") == ["user.verified", "user.unverified"]
    assert actions("action=user.verified") == ["user.verified"]
    assert actions(f"person={boss.email}&action=user") == ["user.verified", "user.unverified", "user.signed_in"]
    day = clock.now().date().isoformat()
    assert "user.verified" in actions(f"since={day}&until={day}")
    for nothing in ("person=nobody%40x.example", "since=2031-01-01", "until=2001-01-01", "kind=space"):
        assert not boss.see(f"/admin/audit/?{nothing}").all("table"), nothing
    assert boss.see("/admin/audit/?since=yesterday&object=x&page=-1").counted > 2


def test_the_chain_is_proved_and_a_change_is_seen(boss, world):
    boss.post("/admin/audit/verify")
    assert "intact" in boss.see("/admin/audit/").one(".notice-success").text
    with world.work() as work:
        event = work.session.get(AuditEvent, 1)
        assert event is not None
        event.action = "user.innocent"
    boss.post("/admin/audit/verify")
    assert "changed after it was written" in boss.see("/admin/audit/").one(".notice-danger").text
    assert [one.details["is_intact"] for one in events(world, "audit.verified")] == [True, False]
