"""The result page: what it lists, counts and offers, and that all of it fits together."""

from datetime import timedelta

import pytest

from core.access import Marking
from core.people import Role
from library.models import Effect, RecordKind
from tests.functional.pages import Answer, Visitor


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def shelf(world, enter, officer, clock, index):
    """Nine records about seized things by two organisations; one of them is for other eyes."""
    clock.advance(timedelta(days=-8))
    home = enter("bilal").viewer
    away = enter("chandni", organisation="away").viewer
    for number, (kind, topic, strength) in enumerate(
        [
            (RecordKind.SOP, "digital-forensics", 0),
            (RecordKind.SOP, "digital-forensics", 3),
            (RecordKind.SOP, "drones", 1),
            (RecordKind.LESSON, "drones", 1),
            (RecordKind.LESSON, "cybercrime", 4),
        ]
    ):
        world.record(
            home, title=f"Seized phone {number}", kind=kind, topics=[topic], strength=strength, year=2020 + number
        )
        clock.advance(timedelta(days=1))
    for number in range(3):
        world.record(away, title=f"Seized vehicle {number}", topics=["road-safety"], country="PK", tags="keys,yard")
        clock.advance(timedelta(days=1))
    world.record(away, title="Seized and secret", marking=Marking.RED, topics=["witness-protection"], country="NO")
    index()


def facet(page: Answer, name: str, value: str) -> int:
    """The count beside a value."""
    return int(page.one(f"#facet-{name}-{value}").one(".count").text)


def test_a_question_lists_what_answers_it_with_the_words_marked(officer, shelf):
    page = officer.see("/search?q=seized+phone")
    assert page.counted == len(page.titles) == 5
    assert set(page.titles) == {f"Seized phone {number}" for number in range(5)}
    assert page.all(".hit-title")[0].texts("mark") == ["Seized phone"]
    first = page.all(".hit")[0]
    assert first.one(".tlp").text == "TLP:GREEN"
    assert "HOME" in first.one(".hit-top").text
    assert "Current" in first.one(".hit-badges").text


def test_a_hit_leads_to_the_place_in_the_record_and_the_record_leads_back(officer, world, index):
    record_id = world.record(officer.viewer, body="## Batteries\n\nCharge the tourniquet lamp daily.")
    index()
    page = officer.see("/search?q=tourniquet")
    (link,) = page.one(".hit").one(".place").all("a")
    assert link.text == "Batteries"
    path, _, anchor = link["href"].partition("#")
    assert path == f"/records/{record_id}"
    record = officer.see(path, headers={"Referer": "http://localhost/search?q=tourniquet"})
    assert record.one(f"#{anchor}").text == "Batteries"
    assert record.one(".back").one("a")["href"] == f"/search?q=tourniquet#hit-record-{record_id}"


def values_of(page: Answer) -> list[tuple[str, str, int]]:
    """Facet, value and count of everything that may be chosen."""
    found = []
    for one in page.all("a.facet-value"):
        _, name, value = one["id"].split("-", 2)
        found.append((name, value, int(one.one(".count").text)))
    return found


@pytest.mark.parametrize(
    "asked", ["", "q=seized", "q=seized&kind=sop", "q=phone&topic=drones&topic=cybercrime", "q=phone&after=2026-11-14"]
)
def test_every_facet_counts_what_choosing_it_lists(officer, shelf, asked):
    values = values_of(officer.see(f"/search?{asked}"))
    assert len(values) > 5
    for name, value, count in values:
        others = [part for part in asked.split("&") if part and not part.startswith(f"{name}=")]
        chosen = officer.see("/search?" + "&".join([*others, f"{name}={value}"]))
        assert (chosen.counted, len(chosen.titles)) == (count, count), f"{name}={value} of {asked!r}"


def test_the_link_of_a_value_chooses_it_and_then_takes_it_out(officer, shelf):
    page = officer.see("/search?q=seized&sort=newest&page=2")
    link = page.one("#facet-kind-lesson")
    narrowed = officer.see(link["href"])
    assert narrowed.counted == len(narrowed.titles) == 2
    back = narrowed.one("#facet-kind-lesson")
    assert "is-on" in back["class"]
    assert back["href"] == "/search?q=seized&sort=newest"


def test_values_of_one_facet_add_up_and_facets_narrow_each_other(officer, shelf):
    page = officer.see("/search?q=seized&topic=drones&topic=road-safety")
    assert page.counted == 5
    assert facet(page, "kind", "lesson") == 1
    assert officer.see("/search?q=seized&topic=drones&topic=road-safety&kind=lesson").counted == 1


def test_every_filter_is_a_chip_that_takes_it_out(officer, shelf):
    asked = "/search?q=seized&kind=sop&organisation=home&after=2026-11-01&before=2026-12-01&tag=none"
    page = officer.see(asked)
    chips = page.all("a.chip-on")
    said = [chip.text for chip in chips]
    assert said == [
        "Type SOP or guideline remove this filter",
        "Organisation HOME · Home remove this filter",
        "Tag none remove this filter",
        "Changed since 2026-11-01 remove this filter",
        "Changed before 2026-12-01 remove this filter",
    ]
    for chip in chips:
        assert len(officer.see(chip["href"]).all("a.chip-on")) == 4
    assert page.one("a.chip-clear")["href"] == "/search?q=seized"


def test_dates_leave_what_was_changed_between_them(officer, shelf):
    # The first record was written on the 12th, one each day after.
    page = officer.see("/search?q=seized&after=2026-11-13&before=2026-11-15&sort=newest")
    assert page.titles == ["Seized phone 2", "Seized phone 1"]
    assert officer.see("/search?q=seized+after:2026-11-13+before:2026-11-15").counted == 2


def test_sorts_order_the_same_list(officer, shelf):
    newest = officer.see("/search?q=seized&sort=newest")
    assert newest.titles[0] == "Seized vehicle 2"
    assert newest.titles[-1] == "Seized phone 0"
    assert newest.one("#sort-newest").get("aria-current") == "true"
    evidence = officer.see("/search?q=seized&sort=evidence")
    assert evidence.titles[:2] == ["Seized phone 4", "Seized phone 1"]
    assert sorted(evidence.titles) == sorted(newest.titles)


def test_pages_show_every_hit_once(officer, world, index):
    for number in range(23):
        world.record(officer.viewer, title=f"Logbook {number:02}")
    index()
    seen, page = [], officer.see("/search?q=logbook&sort=newest")
    assert "Page 1 of 3" in page.one(".pages").text
    while True:
        seen += page.titles
        following = page.all("a[rel=next]")
        if not following:
            break
        page = officer.see(following[0]["href"])
    assert len(seen) == 23
    assert len(set(seen)) == 23
    assert page.one("ol.hits")["start"] == "21"
    assert page.one("a[rel=prev]")["href"].endswith("page=2")


def test_a_page_behind_the_last_is_the_last(officer, world, index):
    for number in range(11):
        world.record(officer.viewer, title=f"Logbook {number:02}")
    index()
    for number in ("3", "100", "999999"):
        page = officer.see(f"/search?q=logbook&sort=newest&page={number}")
        assert len(page.titles) == 1
        assert "Page 2 of 2" in page.one(".pages").text


def test_htmx_gets_the_same_list_without_the_page_around_it(officer, shelf):
    asked = "/search?q=seized&kind=sop&sort=newest"
    whole = officer.see(asked)
    part = officer.get(asked, headers={"HX-Request": "true"})
    assert "<html" not in part.html
    mine, theirs = part.one("#results"), whole.one("#results")
    assert (mine.text, [one.element.attrib for one in mine.walk()]) == (
        theirs.text,
        [one.element.attrib for one in theirs.walk()],
    )


def test_going_back_in_the_browser_gets_the_whole_page(officer, shelf):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in officer.get("/search?q=seized", headers=headers).html


def test_live_typing_is_not_remembered_and_a_question_is(officer, shelf):
    officer.get("/search?q=sei", headers={"HX-Request": "true"})
    officer.see("/search?q=seized+phone")
    assert officer.see("/").one(".recent").texts("a.chip") == ["seized phone"]
    assert officer.post("/search/forget").status == 303
    assert not officer.see("/").all(".recent")


def test_nobody_waits_for_his_search_to_be_remembered(officer, shelf):
    answer = officer.client.get("/search?q=seized+phone")
    assert "Seized" in answer.text
    assert not officer.see("/").all(".recent")
    answer.close()  # what a server does when the page is sent
    assert officer.see("/").one(".recent").texts("a.chip") == ["seized phone"]


def test_recent_searches_are_ones_own(enter, officer, shelf):
    officer.see("/search?q=seized+phone")
    assert "seized phone" not in enter("dawud").see("/").html


def test_without_a_question_everything_is_listed_newest_first_with_its_summary(officer, shelf):
    page = officer.see("/search")
    assert page.counted == 8
    assert "What the first officer does" in page.all(".hit")[0].text
    assert "Found by" not in page.one("#results").text


def test_nothing_found_offers_a_spelling_and_a_request(officer, shelf):
    page = officer.see("/search?q=vehicel")
    assert "Nothing reliable found" in page.one(".nothing").text
    assert page.one(".did-you-mean").one("a").text == "vehicle"
    assert officer.see(page.one(".did-you-mean").one("a")["href"]).counted == 3
    form = page.one("form.request-form")
    assert form["action"] == "/requests"
    assert form.one("textarea").text == "vehicel"


def test_nothing_found_tells_how_many_there_are_without_a_filter(officer, shelf):
    page = officer.see("/search?q=seized+phone&kind=template&organisation=home")
    hints = page.one(".nothing").all("a.chip")
    assert [hint.text for hint in hints] == ["Without Type: Template or tool 5"]
    for hint in hints:
        assert officer.see(hint["href"]).counted == int(hint.one(".count").text)


def test_a_filter_that_was_typed_can_be_dropped_too(officer, shelf):
    page = officer.see("/search?q=seized+phone+kind:template+after:2026-11-13")
    (hint,) = page.one(".nothing").all("a.chip")
    assert officer.see(hint["href"]).counted == int(hint.one(".count").text) > 0
    page = officer.see("/search?q=seized+phone+before:2020")
    (hint,) = page.one(".nothing").all("a.chip")
    assert officer.see(hint["href"]).counted == int(hint.one(".count").text) == 5


def test_suggestions_continue_what_is_typed(officer, shelf):
    page = officer.see("/search/suggest?q=seized+veh")
    assert "seized vehicle" in page.texts("a.suggestion")
    assert len(page.all("a.suggestion-title")) == 3
    assert page.all("a.suggestion-title")[0]["href"].startswith("/records/")
    assert not officer.see("/search/suggest?q=").all("a.suggestion")
    assert not officer.see("/search/suggest?q=zzzz").all("a.suggestion")


def test_what_is_not_for_a_person_leaves_no_trace(officer, enter, world, index):
    other = enter("bilal", Role.LIBRARIAN, Role.ADMINISTRATOR, organisation="away")
    secrets = [
        world.record(other.viewer, title="Quillback dossier", marking=Marking.RED, country="NO", year=1999),
        world.record(other.viewer, title="Quillback annex", marking=Marking.AMBER_STRICT, kind=RecordKind.TEMPLATE),
    ]
    world.record(officer.viewer, title="Plain advice", effect=Effect.WORKED)
    index()
    for url in (
        "/search",
        "/search?q=quillback",
        "/search?q=quilback",
        "/search?q=quil*",
        "/search?q=advice",
        "/search?country=NO",
        "/search?q=country:norway",
        "/search?marking=RED",
        "/search?year=1999&kind=template",
        "/search?by=bilal",
        "/search/suggest?q=quil",
        "/",
        "/library",
        "/library/drafts",
    ):
        page = officer.see(url)
        assert not {"dossier", "annex"} & set(page.text.lower().split()), url
        asked = {"value", "href", "data-title", "content"}
        kept = [v for node in page.walk() for k, v in node.element.attrib.items() if k not in asked]
        assert not any("dossier" in value for value in kept)
        assert not page.all("#facet-country-NO") or facet(page, "country", "NO") == 0
        assert not page.all("#facet-kind-template") or facet(page, "kind", "template") == 0
        assert page.counted <= 1
        assert not page.all(".did-you-mean")
    assert other.see("/search?q=quillback").counted == 2
    assert [officer.get(f"/records/{one}").status for one in secrets] == [404, 404]


def test_what_was_restricted_a_moment_ago_is_not_shown_although_the_index_still_has_it(officer, enter, world, index):
    other = enter("bilal", organisation="away")
    record_id = world.record(other.viewer, title="Quillback dossier")
    index()
    assert officer.see("/search?q=quillback").counted == 1
    form = other.see(f"/records/{record_id}/edit").fields("form.editor")
    assert other.post(f"/records/{record_id}/edit", **{**form, "marking": "RED"}).status == 303
    page = officer.see("/search?q=quillback")
    assert page.counted == 0
    assert "dossier" not in page.text
    assert "Quillback" not in officer.see("/search/suggest?q=quill").html


def test_a_sentence_taken_out_a_moment_ago_is_not_shown_although_the_index_still_has_it(officer, enter, world, index):
    other = enter("bilal", organisation="away")
    record_id = world.record(
        other.viewer, title="Quillback dossier", summary="In short.", body="The pin is in the drawer."
    )
    index()
    assert "The pin is in the drawer." in officer.see("/search?q=quillback+pin").one(".hit").text
    librarian = enter("chandni", Role.LIBRARIAN)
    form = librarian.see(f"/records/{record_id}/edit").fields("form.editor")
    assert librarian.post(f"/records/{record_id}/edit", **{**form, "body": "Nothing."}).status == 303
    page = officer.see("/search?q=quillback+pin")
    assert page.titles == ["Quillback dossier"]
    assert page.one(".hit").texts(".extract") == ["In short."]
    assert "drawer" not in page.html
    index()
    assert "drawer" not in officer.see("/search?q=quillback").html


def test_of_several_values_of_one_filter_the_hint_is_one_and_drops_them_all(enter, world, index):
    officer = enter("amina")
    world.record(officer.viewer)
    index()
    page = officer.see("/search?q=phone&kind=lesson&kind=template")
    (hint,) = page.one(".nothing").all(".chip")
    assert hint.one(".count").text == "1"
    assert ":" not in hint.text
    assert officer.see(hint["href"]).counted == 1
    (single,) = officer.see("/search?q=phone&kind=lesson").one(".nothing").all(".chip")
    assert ":" in single.text
