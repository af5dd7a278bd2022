"""Needs in the browser: proposed, opened, matched with what answers them, shown on the other end, counted and exported."""

import csv
import io

import pytest

from core.access import Marking
from core.people import Role
from tests.functional.training.conftest import NEED
from tests.makers import Wanted, make_need, make_record


def opened(staff, url: str) -> str:
    assert staff.post(f"{url}/move", verb="open", status="draft").status == 303
    return url


def judge(staff, url: str, target: str, extent: str, why: str = ""):
    return staff.post(f"{url}/judge", target=target, extent=extent, why=why)


def test_a_need_is_proposed_opened_and_found_by_search(officer, staff, propose, index):
    url = propose()
    assert "A training need was proposed." in staff.see("/").text
    desk = staff.see("/").one("section[aria-labelledby=needs-title]")
    assert "Flying a drone at night" in desk.text
    index()
    assert officer.see("/search?q=drone+at+night").titles == []
    opened(staff, url)
    index()
    page = officer.see("/search?q=drone+at+night")
    assert page.titles == ["Flying a drone at night"]
    assert "Urgency 5 of 6" in page.text
    assert page.one(".hit-title").one("a")["href"] == url
    assert "A training need of yours is open." in officer.see("/").text
    assert officer.see(url).one(".facts").text.startswith("ThemeDrones CauseLack of skill Urgency5")


def test_an_officer_and_an_empty_desk_see_no_panel(officer):
    assert not officer.see("/").all("section[aria-labelledby=needs-title]")


def test_what_does_not_hold_comes_back_with_its_words(officer):
    fields = {**NEED, "organisation_id": str(officer.viewer.organisation_id), "urgency": "9", "statement": "short"}
    page = officer.post("/needs/new", **fields)
    assert page.status == 422
    assert page.one("#urgency-error").text == "Not above 6."
    assert page.one("#title")["value"] == NEED["title"]
    assert officer.post("/needs/new", **{**fields, **NEED, "named": "nobody@exchange.example"}).status == 422


def test_an_edit_keeps_what_was_typed_when_somebody_was_faster(focal, staff, propose):
    url = propose()
    form = focal.see(f"{url}/edit").fields("form.panel")
    assert focal.post(f"{url}/edit", **{**form, "title": "Flying by night"}).status == 303
    page = focal.post(f"{url}/edit", **{**form, "title": "Night flights"})
    assert page.status == 409
    assert page.one("#title")["value"] == "Night flights"
    assert focal.see(url).one("h1").text == "Flying by night"
    assert focal.post(f"{url}/edit", **{**form, "revision": ""}).status == 422


def test_suggestions_are_confirmed_or_rejected_and_do_not_come_back(officer, staff, propose, world, index):
    fits = make_record(world, officer.viewer, Wanted("Flying a drone at night with a thermal camera"))
    other = make_record(world, officer.viewer, Wanted("Flying a drone at night over a crowd"))
    url = opened(staff, propose())
    index()
    offered = staff.see(url).one("#answers")
    assert {f"record:{fits}", f"record:{other}"} == {node["value"] for node in offered.all("input[name=target]")}
    assert "match" in offered.text
    assert not officer.see(url).one("#answers").all("form")
    assert judge(staff, url, f"record:{fits}", "fully", "Covers the camera, too.").status == 303
    assert judge(staff, url, f"record:{other}", "not", "About crowds.").status == 303
    page = staff.see(url)
    assert "Covered by knowledge" in page.one("#answers").text
    assert "Saira" in page.one("#answers").text
    assert "About crowds." in page.one("#answers").text
    seen = officer.see(url).one("#answers").text
    assert "Covers the camera, too." in seen
    assert "over a crowd" not in seen
    served = officer.see(f"/records/{fits}").one("section[aria-labelledby=needs-served]")
    assert "Flying a drone at night" in served.text
    assert "Fully" in served.text
    assert not officer.see(f"/records/{other}").all("section[aria-labelledby=needs-served]")


def test_a_rejection_counts_against_the_same_answer_for_a_like_need(officer, staff, propose, world, index):
    record = make_record(world, officer.viewer, Wanted("Flying a drone at night"))
    first = opened(staff, propose())
    second = opened(staff, propose(title="Flying a drone at night, again"))
    index()
    before = staff.see(second).one("#answers").text
    judge(staff, first, f"record:{record}", "not")
    after = staff.see(second).one("#answers").text
    assert "rejected for 1 like need" in after
    assert "rejected for" not in before


def test_both_ends_show_only_what_the_viewer_may_see(officer, staff, enter, world, index):
    stranger = enter("olga", organisation="elsewhere")
    unit = staff.viewer.organisation_id
    strict = make_record(
        world, officer.viewer, Wanted("Wolfsbane flights", Marking.AMBER_STRICT, organisations=(unit,))
    )
    public = make_record(world, officer.viewer, Wanted("Plain flights"))
    need = make_need(world, officer.viewer, Wanted("Night flights"))
    hidden = make_need(world, officer.viewer, Wanted("Wolfsbane need", Marking.AMBER_STRICT, organisations=(unit,)))
    index()
    judge(staff, f"/needs/{need}", f"record:{strict}", "fully")
    judge(staff, f"/needs/{hidden}", f"record:{public}", "partly")
    assert "Wolfsbane" in staff.see(f"/needs/{need}").html
    assert "Wolfsbane" in staff.see(f"/records/{public}").html
    for url in (
        f"/needs/{need}",
        f"/records/{public}",
        "/needs",
        "/needs/coverage",
        "/needs/heat-map",
        "/search?q=wolfsbane",
    ):
        assert "Wolfsbane" not in stranger.see(url).html, url
    assert stranger.get(f"/needs/{hidden}").status == 404
    assert "Covered by nothing" in stranger.see(f"/needs/{need}").text
    assert stranger.see("/needs").texts(".results-count") == ["1 need"]
    sums = stranger.see("/needs/coverage").one(".coverage-sums").text
    assert "Covered by nothing1 need, 12 officers" in sums
    assert "Covered by knowledge0 needs" in sums


def test_nothing_is_linked_that_the_staff_may_not_see(officer, staff, propose, world):
    strict = make_record(world, officer.viewer, Wanted("Strict flights", Marking.AMBER_STRICT))
    url = opened(staff, propose())
    for target in (f"record:{strict}", "record:4711", "need:1", "nonsense", "", "record:x"):
        assert judge(staff, url, target, "fully").status == 404, target
    assert judge(officer, url, f"record:{strict}", "fully").status == 403
    record = make_record(world, officer.viewer, Wanted("Open flights"))
    assert judge(staff, url, f"record:{record}", "splendidly").status == 422


def test_a_missing_procedure_becomes_a_request_to_the_librarians(officer, staff, enter, propose):
    url = propose(cause="procedure")
    form = staff.see(url).fields("form#step-refer")
    assert form["question"] == NEED["title"]
    page = staff.post(f"{url}/move", **{**form, "reason": ""})
    assert page.status == 422
    assert page.one("#reason-refer-error").text
    assert staff.post(f"{url}/move", **{**form, "reason": "No SOP says how."}).status == 303
    librarian = enter("chandni", Role.LIBRARIAN, organisation="unit")
    assert NEED["title"] in librarian.see("/requests").one("#request-1").text
    assert "Referred" in officer.see(url).text
    assert "No SOP says how." in officer.see(url).text
    assert "Handed to" in staff.see(url).text


def test_words_of_a_restricted_need_are_not_put_into_a_request_by_themselves(officer, staff, propose):
    unit = str(staff.viewer.organisation_id)
    url = propose(cause="procedure", marking="AMBER+STRICT", listed_organisations=unit)
    form = staff.see(url).fields("form#step-refer")
    assert (form["question"], form["details"].strip()) == ("", "")


@pytest.mark.parametrize("cause", ["equipment", "staffing"])
def test_what_training_does_not_remove_is_referred_with_a_reason(staff, propose, cause):
    url = propose(cause=cause)
    page = staff.see(url)
    assert {form["id"] for form in page.all("form") if form.get("id")} >= {"step-refer", "step-close"}
    assert not page.all("form#step-open")
    assert staff.post(f"{url}/move", verb="open", status="draft").status == 409
    assert staff.post(f"{url}/move", verb="refer", status="draft", reason="To the logistics branch.").status == 303


def test_the_register_is_narrowed_and_the_heat_map_leads_to_it(officer, staff, propose):
    opened(staff, propose())
    opened(staff, propose(title="Talking to a child", topic="interviewing", urgency="2", officers=""))
    assert staff.see("/needs").titles == ["Flying a drone at night", "Talking to a child"]
    assert staff.see("/needs?topic=drones").titles == ["Flying a drone at night"]
    assert staff.see("/needs?q=child").titles == ["Talking to a child"]
    assert staff.see("/needs?status=met").titles == []
    assert (
        staff.see("/needs?cause=skill&status=open").titles == staff.see("/needs?topic=x&organisation=x&cause=y").titles
    )
    heat = staff.see("/needs/heat-map").one("table.heat")
    cell = heat.one("td.heat-5")
    assert cell.text == "1 need 14 officers urgency 5"
    assert staff.see(cell.one("a")["href"]).titles == ["Flying a drone at night"]
    assert heat.one("td.heat-2").text == "1 need number of officers not given urgency 2"
    sums = staff.see("/needs/coverage").one(".coverage-sums").text
    assert "Covered by nothing2 needs, 14 officers, of 1 need not given" in sums
    assert [node["scope"] for node in heat.all("th")].count("rowgroup") == 2


def test_the_export_keeps_the_ceiling_of_the_role(officer, focal, staff, world):
    make_need(world, officer.viewer, Wanted("=Green need"))
    make_need(
        world,
        officer.viewer,
        Wanted("Strict need", Marking.AMBER_STRICT, organisations=(staff.viewer.organisation_id,)),
    )
    make_need(world, officer.viewer, Wanted("Red need", Marking.RED, people=(staff.id,)))
    taken = {}
    for person in (officer, focal, staff):
        answer = person.post("/needs/export")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/csv")
        taken[person.id] = list(csv.reader(io.StringIO(answer.html.lstrip("\ufeff"))))
    assert [line[2] for line in taken[officer.id][2:]] == ["'=Green need"]
    assert taken[officer.id][0][0] == "TLP:GREEN"
    assert [line[2] for line in taken[focal.id][2:]] == ["'=Green need"]
    assert [line[2] for line in taken[staff.id][2:]] == ["Strict need", "'=Green need"]
    assert taken[staff.id][0][0] == "TLP:AMBER+STRICT"
    narrowed = list(csv.reader(io.StringIO(staff.post("/needs/export", q="strict").html.lstrip("\ufeff"))))
    assert len(narrowed) == 3


def ask(visitor, question):
    assert visitor.post("/requests", question=question).status == 303


def test_requests_that_mean_the_same_become_a_need(officer, staff, enter):
    port = enter("olga", organisation="port")
    ask(officer, "How do we store drone batteries safely")
    ask(port, "Where do we store drone batteries safely")
    ask(officer, "How to store drone batteries")
    ask(officer, "Who translates Balochi at night")
    page = staff.see("/needs/from-requests")
    group = page.one("section[aria-labelledby=group-1]")
    assert [node["value"] for node in group.all("input[name=request]")] == ["1", "2", "3"]
    assert "Balochi" not in group.text
    assert staff.post("/needs/from-requests", verdict="same", request=["1", "2", "3"]).status == 303
    group = staff.see("/needs/from-requests").one("section[aria-labelledby=group-1]")
    assert group.one("h2").text == "Mean the same"
    made = staff.post("/needs/from-requests/propose", topic="drones", request=["1", "2", "3"])
    assert made.status == 303
    url = made.headers["Location"].removesuffix("/edit")
    need = staff.see(url)
    assert "Draft" in need.one(".hit-top").text
    assert len(need.one("#evidence").all("li")) == 3
    assert (
        staff.see("/needs/from-requests").one("section[aria-labelledby=group-1]").one("p").text
        == "Evidence of this need"
    )
    again = staff.post("/needs/from-requests/propose", topic="drones", request=["1", "2", "3"])
    assert again.headers["Location"] == url
    # Who sees the need sees of its evidence only his own questions.
    opened(staff, url)
    seen = officer.see(url).one("#evidence").texts("li")
    assert len(seen) == 2


def test_requests_that_do_not_mean_the_same_are_not_put_together_again(officer, staff, enter):
    ask(officer, "How do we store drone batteries")
    ask(enter("olga", organisation="port"), "How do we store drone propellers batteries")
    assert staff.see("/needs/from-requests").all("section[aria-labelledby=group-1]")
    assert staff.post("/needs/from-requests", verdict="different", request=["1", "2"]).status == 303
    assert not staff.see("/needs/from-requests").all("section[aria-labelledby=group-1]")


def test_too_few_requests_or_one_organisation_are_no_need_yet(officer, staff):
    for question in ("How do we store drone batteries", "Where do we store drone batteries"):
        ask(officer, question)
    staff.post("/needs/from-requests", verdict="same", request=["1", "2"])
    assert "Too few yet" in staff.see("/needs/from-requests").text
    assert staff.post("/needs/from-requests/propose", topic="drones", request=["1", "2"]).status == 422
    assert staff.post("/needs/from-requests/propose", topic="drones", request=["7"]).status == 404
    assert staff.post("/needs/from-requests", verdict="same", request=["1"]).status == 422
    for address in ("/needs/from-requests", "/assessments/new"):
        assert officer.get(address).status == 403
    assert officer.post("/needs/from-requests", verdict="same", request=["1", "2"]).status == 403
