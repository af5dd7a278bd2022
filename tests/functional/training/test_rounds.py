"""Assessment rounds in the browser: opened, answered, rated, read with their arithmetic, closed."""

import pytest

ROUND = {
    "title": "What we need next year",
    "instructions": "Think of your last ten operations.",
    "due_on": "2026-12-20",
    "topic-1": "drones",
    "competency-1": "plan a night flight",
    "strategic-1": "1",
    "topic-2": "ethics",
    "competency-2": "refuse an unlawful order",
}
METHODS = list(zip((5, 5, 4, 5, 3), (2, 3, 3, 2, 3), strict=True))


@pytest.fixture
def opened(staff):
    answer = staff.post("/assessments/new", **ROUND)
    assert answer.status == 303
    return answer.headers["Location"]


def test_a_round_waits_on_the_desk_of_the_focal_point_until_he_answered(focal, staff, opened):
    assert "Your organisation is asked what training it needs." in focal.see("/").text
    desk = focal.see("/").one("section[aria-labelledby=needs-title]")
    assert "What we need next year answers by 20 Dec 2026" in desk.text
    assert "Your organisation has not answered" in focal.see("/assessments").text
    form = focal.see(opened).one("#answer").all("form")[0]
    assert form["action"] == f"{opened}/answer"
    home = str(focal.viewer.organisation_id)
    answer = focal.post(
        f"{opened}/answer", organisation_id=home, **{"named-1": "1", "officers-1": "40", "urgency-1": "6"}
    )
    assert answer.status == 303
    page = focal.see(opened)
    assert page.one("#officers-1")["value"] == "40"
    assert page.one("#named-1").get("checked") is not None
    assert page.one("#named-2").get("checked") is None
    assert not focal.see("/").all("section[aria-labelledby=needs-title]")


def test_the_results_show_the_arithmetic_of_the_worked_example(focal, staff, enter, opened):
    home = str(focal.viewer.organisation_id)
    focal.post(f"{opened}/answer", organisation_id=home, **{"named-1": "1", "officers-1": "40", "urgency-1": "6"})
    for number, (importance, ability) in enumerate(METHODS):
        person = enter(f"officer{number}")
        assert (
            person.post(f"{opened}/rate", **{"importance-1": str(importance), "ability-1": str(ability)}).status == 303
        )
    page = staff.see(f"{opened}/results")
    drones = page.one("section[aria-labelledby=topic-1]").text
    assert "9 × 4.40 / 5 = 7.92 n = 5" in drones
    assert "Relevance R1 / 1 = 1.00" in drones
    assert "Mean urgency U6.00 n = 1" in drones
    assert "40 in all, median 40 per organisation n = 1" in drones
    assert "Ranked discrepancy RDM-80" in drones
    # 25 + 30 + 9.9 + 10 + 10
    assert "Priority P84.9" in drones
    assert "indicative" in drones
    ethics = page.one("section[aria-labelledby=topic-2]").text
    assert "Mean urgency Uno answer" in ethics
    assert "Weighted gap MWDSno answer" in ethics
    assert "0.25 R + 0.3 (U−1)/5" in page.html


def test_results_are_the_staffs_until_the_round_is_closed(focal, staff, officer, opened):
    for person in (focal, officer):
        assert person.get(f"{opened}/results").status == 403
    assert focal.post(f"{opened}/close").status == 403
    assert staff.post(f"{opened}/close").status == 303
    assert focal.see(f"{opened}/results")
    assert officer.get(f"{opened}/results").status == 403
    assert "The results of an assessment round are there." in focal.see("/").text
    assert staff.post(f"{opened}/close").status == 409
    late = focal.post(f"{opened}/answer", organisation_id=str(focal.viewer.organisation_id))
    assert late.status == 409


def test_staff_answer_for_who_wrote_a_letter_and_others_only_for_themselves(focal, staff, officer, opened):
    home = str(focal.viewer.organisation_id)
    assert staff.post(f"{opened}/answer", organisation_id=home, **{"named-2": "1"}).status == 303
    assert "Answer for Home" in staff.see(f"{opened}?organisation={home}").text
    assert "Answer for Unit" in staff.see(opened).text
    unit = str(staff.viewer.organisation_id)
    assert focal.post(f"{opened}/answer", organisation_id=unit).status == 403
    assert officer.post(f"{opened}/answer", organisation_id=home).status == 403
    assert not officer.see(opened).all("#answer")
    assert officer.get("/assessments/4711").status == 404


def test_numbers_that_do_not_hold_come_back_where_they_were_typed(focal, officer, opened):
    home = str(focal.viewer.organisation_id)
    fields = {"named-1": "1", "officers-1": "-4", "urgency-1": "6", "note": "By telephone."}
    page = focal.post(f"{opened}/answer", organisation_id=home, **fields)
    assert page.status == 422
    assert page.one("#officers-1-error").text == "Not below 0."
    assert page.one("#officers-1")["value"] == "-4"
    assert "By telephone." in page.one("#note").element.text
    page = officer.post(f"{opened}/rate", **{"importance-1": "5", "ability-1": ""})
    assert page.status == 422
    assert page.one("#ability-1-error").text == "Please fill this in."
    assert page.one("#importance-1").one("option[selected]")["value"] == "5"


@pytest.mark.parametrize(
    "changes",
    [
        {"due_on": "2026-11-01"},
        {"due_on": "soon"},
        {"title": ""},
        {"topic-2": "drones"},
        {"competency-1": ""},
        {"topic-1": "", "competency-1": "", "topic-2": "", "competency-2": ""},
        {"topic-1": "astrology"},
    ],
)
def test_a_round_that_does_not_hold_is_not_opened(staff, changes):
    page = staff.post("/assessments/new", **{**ROUND, **changes})
    assert page.status == 422
    assert page.one("[role=alert]").text
    assert staff.see("/assessments").all(".nothing")
