"""Knowledge requests: from the empty result page to the staff and back to the person who asked."""

import pytest
from sqlmodel import select

from core.people import Role
from library.models import KnowledgeRequest
from tests.functional.pages import Visitor, path_of


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def librarian(enter) -> Visitor:
    return enter("chandni", Role.LIBRARIAN, organisation="unit")


def test_what_was_not_found_is_asked_for_with_one_button(officer, librarian, index):
    index()
    form = officer.see("/search?q=How+do+we+store+drone+batteries").fields("form.request-form")
    assert form["question"] == "How do we store drone batteries"
    assert path_of(officer.post("/requests", **form)) == "/requests"
    page = officer.see("/requests")
    assert "Your request is with the librarians." in page.text
    assert page.one("#request-1").one("h2").text == "How do we store drone batteries"
    assert page.one("#request-1").one(".status-open").text == "Open"
    told = librarian.see("/").one("section[aria-labelledby=notices-title]")
    assert "Somebody asks for knowledge the library does not have." in told.text
    assert told.one("q").text == "How do we store drone batteries"
    opened = librarian.post("/notices/open", ref=told.one("input[name=ref]")["value"])
    assert opened.headers["Location"] == "/requests#request-1"
    assert "Amina, HOME" in librarian.see("/requests").one("#request-1").text


def test_a_question_in_the_address_fills_the_form(officer):
    page = officer.see("/requests", query_string={"q": 'a "quoted" <b>question</b>'})
    assert page.one("#question")["value"] == 'a "quoted" <b>question</b>'
    assert len(officer.see("/requests", query_string={"q": "x" * 5_000}).one("#question")["value"]) == 400


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"question": "Why", "details": "We need it."}, "question"),
        ({"question": "   ", "details": "We need it."}, "question"),
        ({"question": "x" * 401, "details": "We need it."}, "question"),
        ({"question": "Where is the form?", "details": "x" * 4_001}, "details"),
    ],
)
def test_a_request_that_does_not_hold_is_explained_and_kept(officer, fields, faulty):
    page = officer.post("/requests", **fields)
    assert page.status == 422
    assert page.one(f"#{faulty}-error").text
    assert page.one(f"#{faulty}").get("aria-describedby") == f"{faulty}-error"
    assert page.one("#question")["value"] == fields["question"]
    assert page.one("#details").element.text == fields["details"]
    assert not officer.see("/requests").all(".request-list")


def test_requests_are_for_the_person_who_asked_and_for_the_staff(officer, librarian, enter):
    officer.post("/requests", question="Where are the batteries?")
    for staff in (librarian, enter("dawud", Role.IPCU_STAFF)):
        page = staff.see("/requests")
        assert "Where are the batteries?" in page.text
        assert page.all("form.handle")
    assert not officer.see("/requests").all("form.handle")
    for other in (enter("eshal"), enter("farid", Role.ADMINISTRATOR, Role.MODERATOR, Role.FOCAL_POINT)):
        assert "batteries" not in other.see("/requests").text
        assert "Somebody asks" not in other.see("/").text


@pytest.mark.parametrize(("status", "said"), [("answered", "was answered"), ("closed", "was closed")])
def test_the_person_who_asked_is_told_the_outcome(officer, librarian, status, said):
    officer.post("/requests", question="Where are the batteries?")
    assert path_of(librarian.post("/requests/1", status=status, answer="In <b>KX-00012</b>.")) == "/requests"
    request = officer.see("/requests").one("#request-1")
    assert request.one(".answer").text == "In <b>KX-00012</b>."
    assert request.one(f".status-{status}")
    assert f"Your knowledge request {said}." in officer.see("/").text
    assert not librarian.see("/requests").all("form.handle")


def test_a_request_is_dealt_with_once(officer, librarian, enter):
    officer.post("/requests", question="Where are the batteries?")
    librarian.post("/requests/1", status="answered", answer="In the shed.")
    late = enter("dawud", Role.IPCU_STAFF).post("/requests/1", status="closed", answer="Nobody knows.")
    assert late.status == 409
    assert "Somebody has dealt with this request already." in late.text
    assert "In the shed." in officer.see("/requests").text


def test_an_answer_that_is_too_long_is_shown_again_where_it_was_typed(officer, librarian):
    officer.post("/requests", question="Where are the batteries?")
    officer.post("/requests", question="Where is the charger?")
    refused = librarian.post("/requests/1", status="answered", answer="In the shed. " * 400)
    assert refused.status == 422
    assert refused.one("#answer-1").text.strip().startswith("In the shed. In the shed.")
    assert "At most 4000 characters" in refused.one("#request-1").one(".field-error").text
    assert not refused.one("#request-2").all(".field-error")


def test_the_staff_sees_the_list_first_and_is_told_that_the_answer_went_out(officer, librarian):
    officer.post("/requests", question="Where are the batteries?")
    assert librarian.see("/requests").one("details.ask").one("form")
    librarian.post("/requests/1", status="answered", answer="In the shed.")
    assert "Done. Who asked is told." in librarian.see("/requests").text
    assert not officer.see("/requests").all("details.ask")


@pytest.mark.parametrize("status", ["", "open", "ANSWERED", "deleted"])
def test_an_outcome_that_there_is_not_is_refused(officer, librarian, status):
    officer.post("/requests", question="Where are the batteries?")
    assert librarian.post("/requests/1", status=status, answer="In the shed.").status == 422
    assert officer.see("/requests").one(".status-open")


def test_an_answer_without_words_is_refused(officer, librarian):
    officer.post("/requests", question="Where are the batteries?")
    refused = librarian.post("/requests/1", status="answered", answer="  ")
    assert refused.status == 422
    assert refused.one("#request-1").one(".field-error").text.strip() == "An answer needs words: where is it found?"
    assert librarian.post("/requests/1", status="closed", answer="").status == 303


def test_only_the_staff_deals_with_requests_and_others_cannot_tell_which_there_are(officer, enter):
    officer.post("/requests", question="Where are the batteries?")
    other = enter("eshal", Role.ADMINISTRATOR)
    answers = {other.post(f"/requests/{number}", status="closed").one("main").text for number in (1, 4711)}
    assert len(answers) == 1
    assert "Not allowed" in answers.pop()
    assert officer.post("/requests/1", status="closed").status == 403


def test_a_request_that_there_is_not_is_not_found(librarian):
    for number in ("1", "0", "99999999999999999999"):
        assert librarian.post(f"/requests/{number}", status="closed").status == 404


def test_forged_fields_do_not_make_a_request_somebody_elses(officer, librarian, runtime):
    forged = {"asker_id": str(librarian.id), "organisation_id": "2", "status": "answered", "answer": "x", "id": "7"}
    officer.post("/requests", question="Where are the batteries?", **forged)
    with runtime.reading() as session:
        (row,) = session.exec(select(KnowledgeRequest)).all()
    assert (row.id, row.asker_id, row.organisation_id) == (1, officer.id, officer.viewer.organisation_id)
    assert (row.status, row.answer) == ("open", "")


def test_somebody_not_verified_asks_nothing(app, world, sign_in, make_user):
    user = make_user("gul")
    with world.work() as work:
        work.session.merge(user).is_verified = False
    visitor = Visitor(sign_in(app.test_client(), user), user.id or 0, user.email, world.viewer(user.id or 0))
    assert visitor.post("/requests", question="Where are the batteries?").status == 403
