"""Spaces in the browser: who learns of them, who leads, who joins, and that the last leader stays."""

import pytest

from core.access import SYSTEM
from core.administration import policy, space_members, spaces
from core.errors import Conflict, Forbidden, Invalid
from core.notices import list_unread
from core.people import Role, Space, SpaceKind, SpaceMember
from tests.functional.pages import Visitor, path_of


@pytest.fixture
def leader(enter) -> Visitor:
    return enter("lena", Role.MODERATOR)


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina")


def opened(leader: Visitor, kind: str = "restricted", key: str = "cyber") -> int:
    answer = leader.post("/spaces/new", key=key, name=f"The {key} room", kind=kind, description="For those who know.")
    assert answer.status == 303
    return int(path_of(answer).rpartition("/")[2])


def told(world, who: Visitor) -> list[str]:
    with world.database.reading() as session:
        return [one.event for one in list_unread(session, who.id)]


def test_an_officer_asks_a_leader_approves_and_what_is_inside_is_open_to_him(leader, officer, world):
    space = opened(leader)
    record = world.record(world.viewer(leader.id), space_id=space)
    assert officer.get(f"/records/{record}").status == 404
    assert officer.post(f"/spaces/{space}/join", reason="x").status == 422
    assert officer.post(f"/spaces/{space}/join", reason="I work on cybercrime.").status == 303
    assert officer.post(f"/spaces/{space}/join", reason="I work on cybercrime.").status == 409
    assert told(world, leader) == ["space.join_requested"]
    assert "Somebody asks to join" in leader.see("/").text
    page = leader.see(f"/spaces/{space}")
    assert "I work on cybercrime." in page.text
    assert officer.get(f"/records/{record}").status == 404
    assert leader.post("/spaces/requests/1", decision="approve").status == 303
    assert leader.post("/spaces/requests/1", decision="refuse").status == 409
    assert told(world, officer) == ["space.join_approved"]
    assert officer.get(f"/records/{record}").status == 200
    assert officer.post(f"/spaces/{space}/leave").status == 303
    assert officer.get(f"/records/{record}").status == 404


def test_a_refused_request_opens_nothing(leader, officer, world):
    space = opened(leader)
    officer.post(f"/spaces/{space}/join", reason="I work on cybercrime.")
    assert leader.post("/spaces/requests/1", decision="refuse").status == 303
    assert told(world, officer) == ["space.join_refused"]
    assert f"space:{space}" not in world.viewer(officer.id).spaces


def test_who_does_not_lead_decides_nothing(leader, officer, enter, world):
    space, other = opened(leader), enter("olga", Role.ADMINISTRATOR)
    officer.post(f"/spaces/{space}/join", reason="I work on cybercrime.")
    for who in (officer, other):
        assert who.post("/spaces/requests/1", decision="approve").status == 403
        assert who.post(f"/spaces/{space}/members", email=who.email).status == 403
        assert who.post(f"/spaces/{space}/members/{leader.id}/remove").status == 403
        assert who.post(f"/spaces/{space}/members/{leader.id}/lead", is_leader="0").status == 403
        assert who.post(f"/spaces/{space}", name="Mine", kind="restricted").status == 403
        assert leader.email not in who.see(f"/spaces/{space}").text
    assert officer.post("/spaces/new", key="mine", name="Mine", kind="hidden").status == 403


def test_of_a_hidden_space_nobody_else_learns_not_even_an_administrator(leader, officer, enter):
    space = opened(leader, "hidden", "secret")
    for who in (officer, enter("olga", Role.ADMINISTRATOR)):
        assert "secret room" not in who.see("/spaces/").text
        assert who.get(f"/spaces/{space}").status == who.get("/spaces/4711").status == 404
        assert who.post(f"/spaces/{space}/join", reason="I know it is there.").status == 404
        assert who.post(f"/spaces/{space}/members", email=who.email).status == 404
    assert leader.post(f"/spaces/{space}/members", email=officer.email).status == 303
    assert "secret room" in officer.see("/spaces/").text


def test_the_last_leader_stays_until_there_is_another(leader, officer):
    space = opened(leader)
    assert leader.post(f"/spaces/{space}/leave").status == 409
    assert leader.post(f"/spaces/{space}/members/{leader.id}/remove").status == 409
    assert leader.post(f"/spaces/{space}/members/{leader.id}/lead", is_leader="0").status == 409
    leader.post(f"/spaces/{space}/members", email=officer.email)
    assert leader.post(f"/spaces/{space}/members/{officer.id}/lead", is_leader="1").status == 303
    assert leader.post(f"/spaces/{space}/leave").status == 303
    assert officer.post(f"/spaces/{space}", name="Ours now", kind="hidden").status == 303


def test_where_nobody_leads_an_administrator_names_a_leader(leader, officer, enter, world):
    space, boss = opened(leader, "hidden", "secret"), enter("olga", Role.ADMINISTRATOR)
    record = world.record(world.viewer(leader.id), space_id=space)
    assert boss.post(f"/admin/people/{leader.id}/disable").status == 303
    assert "Nobody leads it" in boss.see("/spaces/").text
    assert boss.get(f"/records/{record}").status == 404
    assert boss.post(f"/spaces/{space}/members", email=officer.email, is_leader="1").status == 303
    assert boss.get(f"/spaces/{space}").status == 404
    assert "You lead it" in officer.see("/spaces/").text


def test_an_open_space_closes_nothing_and_is_joined_at_once(leader, officer, world):
    space = opened(leader, "open", "lobby")
    record = world.record(world.viewer(leader.id), space_id=space)
    assert officer.get(f"/records/{record}").status == 200
    assert officer.post(f"/spaces/{space}/join").status == 303
    assert officer.post(f"/spaces/{space}/join").status == 409
    answer = leader.post(f"/spaces/{space}", name="The lobby", kind="hidden")
    assert answer.status == 422
    assert "open space stays open" in answer.text


def test_sql_and_policy_say_alike_who_knows_of_a_space(world):
    home = world.organisation("home")
    plain, boss = world.person("amina", home, Role.OFFICER), world.person("olga", home, Role.ADMINISTRATOR)
    outsider = world.person("zara", home, verified=False)
    with world.work() as work:
        for number, kind in enumerate(SpaceKind):
            for led in (False, True):
                space = Space(key=f"s{number}{led}", name="Room", kind=kind.value)
                work.session.add(space)
                work.session.flush()
                work.session.add(SpaceMember(space_id=space.id, user_id=plain, is_leader=led))
    viewers = [*map(world.viewer, (plain, boss, outsider)), SYSTEM]
    with world.database.reading() as session:
        for viewer in viewers:
            listed = {row.space.id for row in spaces.list_spaces(session, viewer, spaces.Page(1, 100))[0]}
            for number in range(1, 7):
                space = session.get(Space, number)
                is_led = session.get(SpaceMember, (number, plain)).is_leader
                says = policy.can_see_space(viewer, SpaceKind(space.kind), number, is_led=is_led)
                assert (number in listed) is says, (viewer, space.kind, is_led)


def test_somebody_unknown_disabled_or_unverified_is_not_added(leader, world):
    space = opened(leader)
    home = world.viewer(leader.id).organisation_id
    world.person("zara", home, verified=False)
    with world.work() as work:
        for email in ("nobody@exchange.example", "zara@exchange.example"):
            with pytest.raises(Invalid, match="Nobody active"):
                space_members.add_member(work, world.viewer(leader.id), space, email)
        with pytest.raises(Conflict):
            space_members.add_member(work, world.viewer(leader.id), space, leader.email)
        with pytest.raises(Forbidden):
            space_members.add_member(work, SYSTEM, space, leader.email)
