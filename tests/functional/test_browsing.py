"""The library's lists, what is followed, what each person is offered, and the way back to the results."""

import pytest

from core.access import Marking
from core.people import Role
from library.models import RecordKind
from tests.functional.pages import Answer, Node, Visitor, path_of


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def reader(enter) -> Visitor:
    return enter("bilal", organisation="away")


def counted_links(page: Answer) -> list[Node]:
    """Links beside which a number stands."""
    links = page.one(".browse-topics").all("a") + page.one("nav.chips").all("a")
    return [link for link in links if link.all(".count")]


def test_browsing_lists_what_is_published_and_for_the_reader(author, reader, world):
    for number in range(23):
        world.record(author.viewer, title=f"Record {number:02}")
    world.record(author.viewer, title="For us", marking=Marking.AMBER_STRICT)
    world.record(author.viewer, title="Not yet", publish=False)
    page = reader.see("/library")
    assert page.counted == 23
    assert len(page.titles) == 20
    rest = reader.see(page.one("a[rel=next]")["href"])
    assert sorted(page.titles + rest.titles) == [f"Record {number:02}" for number in range(23)]


@pytest.mark.parametrize(
    "url", ["/library", "/library?topic=drones", "/library?kind=sop", "/library?topic=youth&kind=sop"]
)
def test_every_count_is_what_following_the_link_lists(author, reader, world, url):
    world.record(author.viewer, topics=["drones"], kind=RecordKind.SOP)
    world.record(author.viewer, topics=["youth", "drones"], kind=RecordKind.SOP)
    world.record(author.viewer, topics=["youth"], kind=RecordKind.LESSON)
    world.record(author.viewer, topics=["youth"], kind=RecordKind.LESSON, marking=Marking.RED)
    links = counted_links(reader.see(url))
    assert len(links) > 20
    for link in links:
        assert reader.see(link["href"]).counted == int(link.one(".count").text), link["href"]


def test_a_page_behind_the_last_is_the_last(author, world):
    for number in range(21):
        world.record(author.viewer, title=f"Record {number:02}")
    page = author.see("/library?page=9")
    assert len(page.titles) == 1
    assert "Page 2 of 2" in page.one(".pages").text


def test_an_unknown_topic_or_type_lists_nothing_and_names_nothing(author, world):
    world.record(author.viewer)
    for asked in ("topic=<b>none</b>", "kind=<b>none</b>", "topic=drones&kind=none"):
        page = author.see(f"/library?{asked}")
        assert not page.titles
        assert not page.one("main").all("b")


def test_drafts_are_ones_own_and_all_for_a_librarian_who_may_see_them(author, reader, enter, world):
    world.record(author.viewer, title="Mine", publish=False)
    world.record(author.viewer, title="Red draft", publish=False, marking=Marking.RED)
    world.record(author.viewer, title="Published")
    librarian = enter("chandni", Role.LIBRARIAN)
    assert sorted(author.see("/library/drafts").one("main").one("ul").texts("a")) == ["Mine", "Red draft"]
    assert librarian.see("/library/review").one("#waiting-drafts").texts("a") == ["Mine"]
    assert "No drafts" in reader.see("/library/drafts").text


def test_each_person_is_offered_what_he_may_do(author, reader, enter, world):
    draft = world.record(author.viewer, publish=False)
    published = world.record(author.viewer)

    def offered(visitor, record_id):
        page = visitor.see(f"/records/{record_id}")
        links = [node.get("href") or node.get("action") or "" for node in page.one("main").walk()]
        ways = {way for way in ("edit", "publish", "withdraw") if f"/records/{record_id}/{way}" in links}
        return ways | ({"files"} if f"/files/record/{record_id}" in links else set())

    librarian = enter("chandni", Role.LIBRARIAN)
    assert offered(author, draft) == {"edit", "files"}
    assert offered(librarian, draft) == {"edit", "files", "publish"}
    assert offered(author, published) == {"edit", "files", "withdraw"}
    assert offered(librarian, published) == {"edit", "files", "withdraw"}
    assert offered(reader, published) == set()
    assert offered(enter("dawud", Role.ADMINISTRATOR, Role.IPCU_STAFF, Role.MODERATOR), published) == set()


def test_what_is_not_offered_is_refused(author, reader, enter, world):
    published = world.record(author.viewer)
    for visitor in (reader, enter("dawud", Role.ADMINISTRATOR, Role.IPCU_STAFF, Role.FOCAL_POINT)):
        assert visitor.get(f"/records/{published}/edit").status == 403
        assert visitor.post(f"/records/{published}/withdraw", reason="I do not like it").status == 403
        assert visitor.upload(published, "a.txt", b"text").status == 403
    assert world.get(published).revision == 2
    draft = world.record(author.viewer, publish=False)
    assert author.post(f"/records/{draft}/publish").status == 403
    librarian = enter("chandni", Role.LIBRARIAN)
    own = world.record(librarian.viewer, publish=False)
    refused = librarian.post(f"/records/{own}/publish")
    assert refused.status == 403
    assert "A second person publishes" in refused.text
    assert world.get(own).status == world.get(draft).status == "draft"


def test_what_is_hidden_is_hidden_from_every_way_of_changing_it(author, reader, world, runtime):
    hidden = [
        world.record(author.viewer, marking=Marking.RED, title="Quillback"),
        world.record(author.viewer, marking=Marking.AMBER_STRICT, title="Quillback"),
        world.record(author.viewer, publish=False, title="Quillback"),
    ]
    fields = {"reason": "Not needed", "title": "A new title", "year": "2020", "marking": "GREEN", "kind": "sop"}
    fields |= {"organisation_id": str(reader.viewer.organisation_id), "revision": "1"}
    for way in ("edit", "publish", "withdraw"):
        answers = {reader.post(f"/records/{number}/{way}", **fields).one("main").text for number in [*hidden, 4711]}
        assert len(answers) == 1
        assert "Quillback" not in answers.pop()
    assert {reader.upload(number, "a.txt", b"text").status for number in [*hidden, 4711]} == {404}
    assert not list(runtime.settings.files_dir.glob("*"))
    assert {reader.post("/follow", target=f"record:{one}", follow="1").status for one in [*hidden, 4711]} == {404}


def test_a_librarian_publishes_and_it_is_found_and_the_author_is_told(author, reader, enter, world, index):
    draft = world.record(author.viewer, publish=False, title="Quillback handling")
    librarian = enter("chandni", Role.LIBRARIAN)
    assert path_of(librarian.post(f"/records/{draft}/publish")) == f"/records/{draft}"
    index()
    assert reader.see("/search?q=quillback").titles == ["Quillback handling"]
    assert "Your record was published." in author.see("/").text
    assert "Your record was published." not in reader.see("/").text
    shown = author.see("/notices").fields("form[action=/notices/read]")
    assert author.post("/notices/read", **shown).status == 303
    assert "Your record was published." not in author.see("/").text
    assert librarian.post(f"/records/{draft}/publish").status == 403


@pytest.mark.parametrize(
    ("referrer", "is_offered"),
    [
        ("http://localhost/search?q=a%22b", True),
        ("http://evil.example/search?q=a", False),
        ("http://localhost/library", False),
        ("http://[broken", False),
        ("javascript:alert(1)", False),
    ],
)
def test_the_way_back_leads_only_to_our_own_results(author, world, referrer, is_offered):
    page = author.see(f"/records/{world.record(author.viewer)}", headers={"Referer": referrer})
    assert len(page.all(".back")) == is_offered
    if is_offered:
        assert page.one(".back").one("a")["href"] == "/search?q=a%22b#hit-record-1"


def test_a_followed_topic_is_on_the_first_page(author, reader, world):
    world.record(author.viewer, title="Over the wall", topics=["drones"])
    followed = "section[aria-labelledby=followed-title]"
    assert "Over the wall" not in reader.see("/").one(followed).text
    for _ in range(2):
        assert path_of(reader.post("/follow", target="topic:drones", follow="1", next="/library")) == "/library"
    assert "Following" in reader.see("/library?topic=drones").one("main").text
    assert "Over the wall" in reader.see("/").one(followed).text
    reader.post("/follow", target="topic:drones", follow="0")
    assert "Over the wall" not in reader.see("/").one(followed).text


def test_a_record_is_followed_once_however_its_number_is_written(author, world, runtime):
    record_id = world.record(author.viewer)
    for target in (f"record:{record_id}", f"record:0{record_id}", f"record:00{record_id}", "record:١"):
        author.post("/follow", target=target, follow="1")
    with runtime.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT target FROM follow").all()
    assert [row[0] for row in rows] == [f"record:{record_id}"]
