"""The pages of opportunities, nominations and the ledger, as people of different kinds see them."""

from datetime import UTC, datetime

import pytest

from core.clock import FixedClock
from core.people import Role
from tests.functional.conftest import Enter
from tests.functional.nominations.conftest import TOPIC, Course, full_profile
from tests.functional.nominations.test_panel import AFTER, decided, panel, scored
from tests.functional.pages import Visitor, path_of
from training.nominations import service
from training.nominations.models import Nomination

FORM = {
    "kind": "workshop",
    "title": "Tracing virtual assets",
    "host": "Yeldagi Centre",
    "host_country": "TR",
    "starts_on": "2027-03-01",
    "ends_on": "2027-03-05",
    "deadline": "2027-01-15",
    "language": "en",
    "payer": "host",
    "seats": "4",
    "marking": "GREEN",
    "topics": TOPIC,
}


@pytest.fixture
def staff(enter: Enter) -> Visitor:
    return enter("farah", Role.IPCU_STAFF, organisation="unit")


def fields(visitor: Visitor, **changes: str) -> dict[str, str]:
    return {**FORM, "organisation_id": str(visitor.viewer.organisation_id), **changes}


def test_the_unit_writes_opens_and_everybody_finds_it(staff: Visitor, enter: Enter, index) -> None:  # type: ignore[no-untyped-def]
    officer = enter("amina")
    made = staff.post("/opportunities/new", **fields(staff))
    assert made.status == 303, made.html
    path = path_of(made)
    assert officer.get(path).status == 404
    assert staff.post(f"{path}/move", verb="open").status == 303
    page = officer.see(path)
    assert "Tracing virtual assets" in page.text
    assert "Begin my nomination" in page.text
    assert officer.see("/opportunities?kind=workshop&state=open").titles == ["Tracing virtual assets"]
    assert officer.see("/opportunities?place=remote").titles == []
    index()
    assert "Tracing virtual assets" in officer.see("/search?q=virtual+assets").titles
    calendar = officer.see("/opportunities/deadlines.ics").html
    assert "SUMMARY:Tracing virtual assets" in calendar
    assert "DTSTART:20270115T" in calendar


def test_who_is_not_of_the_unit_writes_none(enter: Enter) -> None:
    officer = enter("amina", Role.OFFICER, Role.FOCAL_POINT)
    assert officer.get("/opportunities/new").status == 403
    assert officer.post("/opportunities/new", **fields(officer)).status == 403
    assert officer.get("/opportunities/import").status == 403


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"seats": "0"}, "seats"),
        ({"deadline": ""}, "deadline"),
        ({"refs": "record:x"}, "refs"),
        ({"language_level": "Z9"}, "language_level"),
    ],
)
def test_a_field_that_does_not_hold_is_named(staff: Visitor, changes: dict[str, str], name: str) -> None:
    answer = staff.post("/opportunities/new", **fields(staff, **changes))
    assert answer.status == 422
    assert answer.all(f"#{name}-error")
    assert answer.one("#title")["value"] == FORM["title"]


@pytest.mark.parametrize(
    "changes",
    [{"ends_on": "2027-02-01"}, {"deadline": "2027-03-02"}, {"seat_cap": "0"}],
    ids=["end", "deadline", "cap"],
)
def test_dates_that_contradict_each_other_are_refused(staff: Visitor, changes: dict[str, str]) -> None:
    assert staff.post("/opportunities/new", **fields(staff, **changes)).status == 422


def test_an_edit_of_an_older_version_conflicts_and_loses_nothing(staff: Visitor) -> None:
    path = path_of(staff.post("/opportunities/new", **fields(staff)))
    sent = staff.see(f"{path}/edit").fields("form.editor") | {"topics": TOPIC}
    assert staff.post(f"{path}/edit", **{**sent, "title": "First edit"}).status == 303
    answer = staff.post(f"{path}/edit", **{**sent, "title": "Second edit"})
    assert answer.status == 409
    assert answer.one("#title")["value"] == "Second edit"
    assert staff.post(f"{path}/edit", **{**answer.fields("form.editor"), "topics": TOPIC}).status == 303
    assert staff.see(path).one("h1").text == "Second edit"


LIST = """kind,title,host,starts_on,ends_on,deadline,seats,topics
course,Crime scene abroad,A host,2027-03-01,2027-03-05,2027-01-15,3,crime-scene
course,Bad dates,A host,2027-03-09,2027-03-05,2027-01-15,3,
scholarship,"Two years, one thesis",A host,2027-09-01,2029-06-30,2027-02-01,1,leadership;ethics
"""


def test_a_hosts_list_is_looked_at_before_it_is_stored_and_stored_once(staff: Visitor) -> None:
    page = staff.post("/opportunities/import", list=LIST)
    assert page.status == 200
    assert len(page.all("tbody")[0].all("tr")) == 3
    assert "It cannot end before it starts" in page.text
    assert staff.see("/opportunities?state=draft").titles == []
    assert staff.post("/opportunities/import", list=LIST, store="1").status == 303
    assert len(staff.see("/opportunities?state=draft").titles) == 2
    staff.post("/opportunities/import", list=LIST, store="1")
    assert len(staff.see("/opportunities?state=draft").titles) == 2


@pytest.mark.parametrize(
    "text", ["", "kind,title\ncourse,x\n", LIST.replace("topics", "colour"), 'kind,title,host\n"open', "x" * (1 << 21)]
)
def test_a_list_with_wrong_columns_is_refused_whole(staff: Visitor, text: str) -> None:
    assert staff.post("/opportunities/import", list=text, store="1").status == 422
    assert staff.see("/opportunities?state=draft").titles == []


def test_an_officer_sees_why_before_he_begins_and_writes_his_nomination(course: Course) -> None:
    opportunity = course.opportunity()
    officer = course.come("karim", organisation="north-too")
    page = officer.see(f"/opportunities/{opportunity}")
    assert "The officer's profile is complete and confirmed." in page.text
    assert "Source: InTouch+, profile gate" in page.text
    answer = officer.post(
        f"/opportunities/{opportunity}/nominate", motivation="Karim wants it", plan="a plan", submit="1"
    )
    assert answer.status == 409
    assert answer.one("#motivation").text == "Karim wants it"
    assert "Your text holds your name" in answer.text
    assert "Draft" in officer.see("/nominations").text


def test_a_profile_is_written_and_confirmed_by_the_focal_point_only(enter: Enter, course: Course) -> None:
    officer = enter("karim", organisation="east")
    boss = enter("bashir", organisation="east")
    focal = enter("fatima", Role.FOCAL_POINT, organisation="east")
    stranger = enter("zahra", organisation="west")
    path = f"/training/profile/{officer.id}"
    sent = {
        "service_since": "2015-05-01",
        "posting": "Examiner",
        "district": "Zarwan",
        "post_topics": TOPIC,
        "birth_year": "1990",
        "supervisor_id": str(boss.id),
        "languages": "en B2 certificate of 2024\nur C2",
        "courses": "2024-05-17 NL Financial investigation",
        "passport_until": "2029-01-01",
        "clearance_until": "2029-01-01",
    }
    assert officer.post(path, **sent).status == 303
    assert "100 per cent complete" in officer.see(path).text
    assert stranger.get(path).status == 404
    seen = boss.see(path)
    assert "Examiner" in seen.text
    assert "2029" not in seen.text
    assert "1990" not in seen.text
    assert boss.post(path, **sent).status == 403
    revision = focal.see(path).fields("form.button-form[action=" + path + "/confirm]")["revision"]
    assert officer.post(f"{path}/confirm", revision=revision).status == 403
    assert focal.post(f"{path}/confirm", revision="1").status == 409
    assert focal.post(f"{path}/confirm", revision=revision).status == 303
    assert "Confirmed by Fatima" in officer.see(path).text


def test_a_bad_line_of_a_profile_comes_back_as_typed(enter: Enter) -> None:
    officer = enter("karim")
    answer = officer.post(f"/training/profile/{officer.id}", languages="en Z9 x", courses="last year NL Something")
    assert answer.status == 422
    assert answer.one("#languages").text == "en Z9 x"
    assert answer.all("#courses-error")


def test_the_page_of_a_nomination_has_the_steps_of_who_reads_it(course: Course) -> None:
    opportunity = course.opportunity()
    number = course.nominate(course.officers["north"][0], opportunity, until="approved")
    staff = course.come("farah", Role.IPCU_STAFF, organisation="unit")
    page = staff.see(f"/nominations/{number}")
    assert page.one("h1").text == "Officer-North-0"
    assert "Screen: every rule is met" in page.text
    assert page.all("form")
    revision = str(course.get(number).revision)
    assert staff.post(f"/nominations/{number}/move", verb="screen", revision="1").status == 409
    assert staff.post(f"/nominations/{number}/move", verb="screen", revision=revision).status == 303
    assert "Screened: waits for the panel" in staff.see(f"/nominations/{number}").text
    assert "Officer-North-0" in staff.see(f"/opportunities/{opportunity}/nominations").text
    assert "At least 3 years of service." in staff.see("/training/rules").text


def test_a_candidate_sees_nothing_of_others(course: Course) -> None:
    opportunity = course.opportunity()
    number = course.nominate(course.officers["north"][0], opportunity)
    other = course.come("karim")
    for url in (
        f"/nominations/{number}",
        f"/training/profile/{course.officers['north'][0].user_id}",
        f"/panel/{number}",
    ):
        assert other.get(url).status == 404, url
    for url in (f"/opportunities/{opportunity}/nominations", f"/opportunities/{opportunity}/seats"):
        assert other.get(url).status == 403, url
    for url in ("move", "write", "appeal", "answer", "report", "to-library"):
        assert (
            other.post(f"/nominations/{number}/{url}", verb="withdraw", reason="x", motivation="x", report="x").status
            == 404
        ), url
    for page in ("/nominations", f"/opportunities/{opportunity}", "/training/ledger", "/search?q=phone"):
        assert "Officer-North-0" not in other.see(page).html.title(), page


def test_a_scorer_reads_no_name_and_gives_his_score_on_the_page(course: Course) -> None:
    opportunity = course.opportunity()
    officer = course.officers["north"][0]
    with course.world.work(officer) as work:
        profile = full_profile(course.boss["north"].user_id, posting="Examiner of North")
        revision = service.save_profile(work, officer, officer.user_id, profile).revision
    with course.world.work(course.focal["north"]) as work:
        service.confirm_profile(work, course.focal["north"], officer.user_id, revision)
    number = course.nominate(officer, opportunity)
    scorer = course.come("sana", organisation="unit")
    with course.world.work(course.staff) as work:
        service.add_panelist(work, course.staff, opportunity, scorer.id)
    listing, page = scorer.see(f"/opportunities/{opportunity}/panel"), scorer.see(f"/panel/{number}")
    for seen in (listing, page):
        assert "officer-north" not in seen.html.lower()
        assert "north" not in seen.text.lower()
    assert f"N-{number:04d}" in listing.text
    codes = ("relevance", "prerequisites", "record", "appraisal", "language", "plan")
    given = {f"score-{code}": "0.8" for code in codes} | {f"note-{code}": "seen" for code in codes}
    assert scorer.post(f"/panel/{number}", **{**given, "score-plan": "1.2"}).status == 422
    assert scorer.post(f"/panel/{number}", **{**given, "note-plan": ""}).status == 422
    assert scorer.post(f"/panel/{number}", **given).status == 303
    assert "you gave 80.0" in scorer.see(f"/opportunities/{opportunity}/panel").text
    assert scorer.get(f"/nominations/{number}").status == 404


def test_the_preview_says_why_and_the_decision_is_pressed_on_the_page(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity(seats=1)
    panel(course, opportunity)
    number = scored(course, opportunity, course.officers["north"][0], 0.9)
    scored(course, opportunity, course.officers["south"][0], 0.8)
    clock.set(AFTER)
    staff = course.come("farah", Role.IPCU_STAFF, organisation="unit")
    page = staff.see(f"/opportunities/{opportunity}/seats")
    assert "Seat 1 goes to NORTH" in page.text
    assert "under its share" in page.text
    assert "the seat would go to SOUTH" in page.text
    fingerprint = page.one("input[name=fingerprint]")["value"]
    form = {"fingerprint": fingerprint, "reason": "by the shares", f"choice-{number}": "reserve"}
    answer = staff.post(f"/opportunities/{opportunity}/seats", **form)
    assert answer.status == 422
    assert answer.all(f"#override-{number}-error")
    answer = staff.post(f"/opportunities/{opportunity}/seats", **{**form, f"choice-{number}": "select"})
    assert answer.status == 303
    assert course.get(number).state == "selected"
    assert "Selected" in staff.see(f"/opportunities/{opportunity}/nominations").text


def test_the_ledger_counts_used_seats_and_names_nobody(course: Course, clock: FixedClock) -> None:
    _opportunity, best, _second = decided(course, clock)
    for verb in ("confirm", "travel"):
        course.move(course.staff, best, verb)
    clock.set(datetime(2027, 3, 1, tzinfo=UTC))
    reader = course.come("karim")
    page = reader.see("/training/ledger")
    rows = {row.all("td")[0].text: row.texts("td") for row in page.all("tbody")[0].all("tr")}
    assert rows["North"][3:6] == ["1", "12", "1"]
    assert rows["South"][7] == "never"
    assert "South" in page.one("#quiet").text
    assert page.one("#by-district").text == "District Zarwan 1"
    own = reader.see(f"/training/ledger/{course.bodies['north']}")
    assert "Officer" not in own.one("main").text
    assert reader.get("/training/ledger/999").status == 404


def sent_abroad(course: Course, number: int) -> None:
    """Whom a host named and who is back from the course, whatever the rules say of him."""
    with course.world.work(course.staff) as work:
        row = work.session.get(Nomination, number)
        assert row is not None
        row.state = "confirmed"
        work.session.add(row)
    course.move(course.staff, number, "travel")


def test_a_report_becomes_a_draft_of_the_library(course: Course, clock: FixedClock) -> None:
    opportunity = course.opportunity()
    officer = course.come("karim", organisation="north-too")
    with course.world.work(course.staff) as work:
        number = service.name_officer(work, course.staff, opportunity, officer.id, "by letter").ref.id
    sent_abroad(course, number)
    assert officer.post(f"/nominations/{number}/to-library").status == 409
    assert officer.post(f"/nominations/{number}/report", report="## Learned\n\nHow to isolate a phone.").status == 303
    answer = officer.post(f"/nominations/{number}/to-library")
    assert answer.status == 303
    editor = officer.see(path_of(answer))
    assert "How to isolate a phone." in editor.one("#body").text
    assert course.get(number).state == "closed"
    assert officer.post(f"/nominations/{number}/to-library").status == 409


def test_a_record_that_one_does_not_see_is_not_named_as_shared(course: Course) -> None:
    opportunity = course.opportunity()
    officer = course.come("karim", organisation="north-too")
    with course.world.work(course.staff) as work:
        number = service.name_officer(work, course.staff, opportunity, officer.id, "by letter").ref.id
    sent_abroad(course, number)
    assert officer.post(f"/nominations/{number}/report", shared_ref="record:999").status == 422
    assert officer.post(f"/nominations/{number}/report", shared_ref="nonsense").status == 422
