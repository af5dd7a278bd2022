"""What a person may do ends with the reason for it, in the session that is open: organisation, space, role, trust."""

import pytest
from sqlalchemy import delete
from sqlmodel import col

from core.access import Marking
from core.people import Role, SpaceMember, User, UserRole
from tests.functional.pages import Visitor

SECRET = "wolfsbane"


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


def write(world, author: Visitor, index, **changes: object) -> str:
    """The address of a record about the secret, with a file about it, that the index knows."""
    title = f"About {SECRET}"
    number = world.record(author.viewer, title=title, body=SECRET, topics=["drones"], tags=[SECRET], **changes)
    assert author.upload(number, f"{SECRET}.txt", SECRET.encode()).status == 303
    index()
    return f"/records/{number}"


def change(world, person: Visitor, **values: object) -> None:
    """What an administrator changes about an account."""
    with world.work() as work:
        user = work.session.get(User, person.id)
        for name, value in values.items():
            setattr(user, name, value)
        work.session.add(user)


def finds(person: Visitor, address: str) -> set[str]:
    """Everywhere that the secret is shown to him."""
    person.post("/search/forget")
    places = {
        "the first page": SECRET in person.see("/").html,
        "its page": person.get(address).status == 200,
        "its file": person.get("/files/1").status == 200,
        "the editor": person.get(f"{address}/edit").status == 200,
        "the search": person.see(f"/search?q={SECRET}").counted > 0,
        "the filter": person.see(f"/search?tag={SECRET}").counted > 0,
        "everything": person.see("/search").counted > 0,
        "the library": SECRET in person.see("/library").html,
        "the topic": SECRET in person.see("/library?topic=drones").html,
        "the suggestions": SECRET in person.see(f"/search/suggest?q={SECRET[:5]}").html,
        "the drafts": SECRET in person.see("/library/drafts").html,
    }
    return {name for name, is_so in places.items() if is_so}


def test_who_leaves_an_organisation_leaves_what_is_marked_for_it(author, enter, world, index):
    colleague = enter("bilal")
    address = write(world, author, index, marking=Marking.AMBER_STRICT)
    assert {"its page", "its file", "the search", "the library", "the topic"} <= finds(colleague, address)
    assert "the editor" in finds(author, address)
    for person in (colleague, author):
        change(world, person, organisation_id=world.organisation(f"away{person.id}"))
        assert finds(person, address) == set()
        assert person.post(f"{address}/withdraw", reason="I have left.").status == 404
        assert person.post("/files/1/remove").status == 404
    assert world.get(int(address.rpartition("/")[2])).status == "published"


def test_who_leaves_a_space_leaves_what_is_in_it(author, enter, world, index):
    space = world.space("desk")
    member = enter("bilal")
    with world.work() as work:
        work.session.add_all(SpaceMember(space_id=space, user_id=one.id) for one in (author, member))
    inside = Visitor(author.client, author.id, author.email, world.viewer(author.id))
    address = write(world, inside, index, space_id=space)
    assert {"its page", "the search", "the library"} <= finds(member, address)
    with world.work() as work:
        work.session.execute(delete(SpaceMember).where(col(SpaceMember.user_id) == member.id))
    assert finds(member, address) == set()


def test_who_is_no_librarian_any_more_publishes_withdraws_and_administers_nothing(author, enter, world, index):
    librarian = enter("lubna", Role.LIBRARIAN, Role.ADMINISTRATOR)
    draft = world.record(author.viewer, publish=False)
    address = write(world, author, index)
    assert librarian.get(f"/records/{draft}").status == 200
    with world.work() as work:
        work.session.execute(delete(UserRole).where(col(UserRole.user_id) == librarian.id))
    assert librarian.get(f"/records/{draft}").status == 404
    assert librarian.post(f"/records/{draft}/publish").status == 404
    assert librarian.post(f"{address}/withdraw", reason="I was one.").status == 403
    assert librarian.get("/admin/").status == librarian.get("/admin/synonyms").status == 403


@pytest.mark.parametrize("role", [Role.LIBRARIAN, Role.ADMINISTRATOR, Role.IPCU_STAFF])
def test_who_is_not_trusted_any_more_has_no_role(author, enter, world, index, role):
    person = enter("lubna", role)
    address = write(world, author, index)
    author.post("/requests", question=f"Where does {SECRET} grow?")
    change(world, person, is_verified=False)
    assert finds(person, address) == set()
    assert SECRET not in person.see("/requests").html
    assert person.post("/requests/1", status="closed").status == 403
    assert person.get("/admin/").status == person.get("/admin/synonyms").status == 403
    assert person.post("/admin/verify").status == person.post("/admin/retry").status == 403
    assert person.get("/account/").status == 200
