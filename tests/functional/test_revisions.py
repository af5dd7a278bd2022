"""Changes of published records: proposed by their author, accepted by a second person, kept as versions."""

import pytest
from sqlmodel import select

from core.access import Marking
from core.audit import AuditEvent
from core.notices import list_unread
from core.people import Organisation, Role
from library.models import RecordRevision
from tests.functional.pages import Visitor, path_of
from tests.functional.test_editor import save

PHONE = "0300-1234567"


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def librarian(enter) -> Visitor:
    return enter("lubna", Role.LIBRARIAN)


def proposals(world) -> list[RecordRevision]:
    with world.database.reading() as session:
        return [one for one in session.exec(select(RecordRevision)).all() if one.state != "accepted"]


def propose(world, author, number: int, **changes: object) -> int:
    """The id of a proposal that the author saved in the editor."""
    assert save(author, number, **changes).status == 303
    return max(one.id for one in proposals(world))


def accept(person, proposal: int, **changes: object):
    fields = person.see(f"/revisions/{proposal}").fields("form.accept-form")
    fields.pop("csrf_token")
    return person.post(f"/revisions/{proposal}/accept", **{**fields, **changes})


def events(world, person) -> list[str]:
    with world.database.reading() as session:
        return [one.event for one in list_unread(session, person.id)]


def test_an_author_does_not_change_what_a_librarian_published(author, librarian, world, index):
    number = world.record(author.viewer, publish=False)
    assert librarian.post(f"/records/{number}/publish").status == 303
    before = world.get(number)
    proposal = propose(
        world, author, number, body="Do the opposite.", strength="4", review_due="2099-01-01", note="Why"
    )
    assert world.get(number) == before
    index()
    assert not author.see("/search?q=opposite").titles
    page = author.see(f"/records/{number}")
    assert "You have proposed a change" in page.text
    assert author.post(f"/revisions/{proposal}/accept", stamp="1", revision=str(before.revision)).status == 403
    assert "revision.proposed" in events(world, librarian)
    shown = librarian.see(f"/revisions/{proposal}")
    assert "Do the opposite." in shown.texts("ins")
    assert "Keep it powered and isolated from the network." in shown.texts("del")
    assert accept(librarian, proposal, strength="1", review_due="2027-05-01").status == 303
    record = world.get(number)
    assert (record.body_source, record.strength, str(record.review_due)) == ("Do the opposite.", 1, "2027-05-01")
    assert (record.revision, record.published_by, record.author_id) == (before.revision + 1, librarian.id, author.id)
    assert "revision.accepted" in events(world, author)
    with world.database.reading() as session:
        assert len(session.exec(select(AuditEvent).where(AuditEvent.action == "record.revised")).all()) == 1
    index()
    assert author.see("/search?q=opposite").titles


def test_a_librarian_who_is_the_author_needs_a_second_person_too(librarian, enter, world):
    number = world.record(librarian.viewer)
    proposal = propose(world, librarian, number, title="My own second thoughts")
    assert world.get(number).title == "Handling a seized phone"
    assert librarian.post(f"/revisions/{proposal}/accept", stamp="1", revision="2").status == 403
    assert accept(enter("karim", Role.LIBRARIAN), proposal).status == 303
    assert world.get(number).title == "My own second thoughts"


def test_a_librarian_changes_what_another_wrote_at_once_and_answers_for_it(author, librarian, world):
    number = world.record(author.viewer)
    assert save(librarian, number, title="Handling of seized phones", strength="2").status == 303
    record = world.get(number)
    assert (record.title, record.strength, record.published_by) == ("Handling of seized phones", 2, librarian.id)
    assert not proposals(world)


def test_a_tighter_marking_is_in_effect_at_once_and_the_rest_waits(author, librarian, world, enter):
    number, stranger = world.record(author.viewer), enter("sadia", organisation="away")
    proposal = propose(world, author, number, marking="AMBER+STRICT", title="Only for us")
    record = world.get(number)
    assert (record.marking, record.title) == ("AMBER+STRICT", "Handling a seized phone")
    assert stranger.get(f"/records/{number}").status == 404
    assert accept(librarian, proposal).status == 303
    assert (world.get(number).marking, world.get(number).title) == ("AMBER+STRICT", "Only for us")


@pytest.mark.parametrize(("old", "new"), [("AMBER+STRICT", "GREEN"), ("GREEN", "CLEAR")])
def test_a_wider_marking_waits(author, librarian, world, old, new):
    number = world.record(author.viewer, marking=Marking(old))
    proposal = propose(world, author, number, marking=new)
    assert world.get(number).marking == old
    assert accept(librarian, proposal).status == 303
    assert world.get(number).marking == new


def test_what_was_tightened_meanwhile_is_not_widened_by_an_older_proposal(author, librarian, world):
    number = world.record(author.viewer, marking=Marking.AMBER)
    proposal = propose(world, author, number, marking="GREEN", title="A better title")
    assert save(librarian, number, marking="AMBER+STRICT").status == 303
    assert "changed since this was written" in librarian.see(f"/revisions/{proposal}").text
    assert accept(librarian, proposal).status == 303
    assert (world.get(number).marking, world.get(number).title) == ("AMBER+STRICT", "A better title")


def test_a_proposal_is_sent_back_with_a_reason_and_its_writer_goes_on_from_it(author, librarian, world):
    number = world.record(author.viewer)
    proposal = propose(world, author, number, summary="Shorter.")
    assert librarian.post(f"/revisions/{proposal}/return", stamp="1", reason="no").status == 422
    assert librarian.post(f"/revisions/{proposal}/return", stamp="1", reason="Say in which hour.").status == 303
    assert "revision.returned" in events(world, author)
    page = author.see(f"/revisions/{proposal}")
    assert "Say in which hour." in page.text
    fields = author.see(f"/records/{number}/edit?proposal={proposal}").fields("form.editor")
    assert fields["summary"] == "Shorter."
    fields.pop("csrf_token")
    assert author.post(f"/records/{number}/edit", **{**fields, "summary": "Shorter, first hour."}).status == 303
    assert [one.state for one in proposals(world)] == ["returned", "open"]
    assert librarian.post(f"/revisions/{proposal}/accept", stamp="1", revision="2").status == 409
    assert "Sent back by Lubna" in librarian.see(f"/revisions/{proposal}").text


def test_what_a_librarian_decides_on_is_what_he_has_read(author, librarian, world):
    number = world.record(author.viewer)
    proposal = propose(world, author, number, summary="First.")
    read = librarian.see(f"/revisions/{proposal}").fields("form.accept-form")
    read.pop("csrf_token")
    assert save(author, number, summary="Second.").status == 303
    refused = librarian.post(f"/revisions/{proposal}/accept", **read)
    assert refused.status == 409
    assert "Second." in refused.texts("ins")
    assert librarian.post(f"/revisions/{proposal}/return", stamp="1", reason="Too short for me.").status == 409
    read = librarian.see(f"/revisions/{proposal}").fields("form.accept-form")
    read.pop("csrf_token")
    save(librarian, number, title="Changed at once")
    assert librarian.post(f"/revisions/{proposal}/accept", **read).status == 409
    assert world.get(number).title == "Changed at once"


def test_two_windows_of_one_author_do_not_overwrite_each_other(author, world):
    number = world.record(author.viewer)
    old = author.see(f"/records/{number}/edit").fields("form.editor")
    old.pop("csrf_token")
    propose(world, author, number, summary="In the first window.")
    clash = author.post(f"/records/{number}/edit", **{**old, "summary": "In the second window."})
    assert clash.status == 409
    kept = clash.fields("form.editor")
    assert kept["summary"] == "In the second window."
    assert proposals(world)[0].content["summary"] == "In the first window."
    kept.pop("csrf_token")
    assert author.post(f"/records/{number}/edit", **kept).status == 303
    assert proposals(world)[0].content["summary"] == "In the second window."


def test_a_proposal_is_taken_back(author, librarian, world):
    number = world.record(author.viewer)
    proposal = propose(world, author, number, summary="Or not.")
    assert librarian.post(f"/revisions/{proposal}/take-back").status == 403
    assert author.post(f"/revisions/{proposal}/take-back").status == 303
    assert librarian.post(f"/revisions/{proposal}/accept", stamp="1", revision="2").status == 409
    assert "Or not." not in librarian.see("/library/review").text


def test_a_proposal_is_nobody_elses_to_read(author, enter, world):
    proposal = propose(world, author, world.record(author.viewer), summary="Not yet.")
    for person in (enter("kamran"), enter("admin", Role.ADMINISTRATOR)):
        for path in (f"/revisions/{proposal}", "/revisions/4711"):
            assert person.get(path).status == 404


def test_what_must_not_be_shared_is_asked_about_when_a_proposal_is_accepted(author, librarian, world):
    number = world.record(author.viewer)
    proposal = propose(world, author, number, summary="Short.")
    with world.work() as work:
        row = work.session.get(RecordRevision, proposal)
        row.content = {**row.content, "summary": f"Call {PHONE}."}
    assert accept(librarian, proposal).status == 422
    assert PHONE not in world.get(number).summary
    assert accept(librarian, proposal, sensitivity_reason="A number of the exercise.").status == 303


def test_the_history_says_who_when_and_why_and_its_keepers_see_what(author, librarian, enter, world):
    number = world.record(author.viewer)
    assert "never changed" in author.see(f"/records/{number}/history").text
    accept(librarian, propose(world, author, number, body="One.\n\nTwo.", note="Put in short"))
    save(librarian, number, body="One.\n\nThree.", note="Two was wrong", is_minor="1")
    reader = enter("kamran")
    page = reader.see(f"/records/{number}/history")
    assert "Put in short" in page.text
    assert "accepted by Lubna" in page.text
    with world.database.reading() as session:
        versions = session.exec(select(RecordRevision).order_by(RecordRevision.id)).all()
    assert sorted(one.revision for one in versions if one.state == "accepted") == [2, 3, 4]
    first_changed = next(one.id for one in versions if one.revision == 3)
    assert "Two." in author.see(f"/records/{number}/history?version={first_changed}").texts("ins")
    last = max(one.id for one in versions)
    assert reader.get(f"/records/{number}/history?version={last}").status == 403
    changed = author.see(f"/records/{number}/history?version={last}")
    assert (changed.texts("del"), changed.texts("ins")) == (["Two."], ["Three."])
    assert "version 4" in reader.see(f"/records/{number}").one(".facts").text


@pytest.fixture
def lonely(enter, world) -> Visitor:
    """An author whose organisation has no librarian, and is closed by default."""
    return enter("noor", organisation="lonely")


def test_a_draft_that_nobody_can_publish_says_so_and_to_whom_to_turn(lonely, enter, world):
    enter("farid", Role.LIBRARIAN, organisation="away")
    enter("adil", Role.ADMINISTRATOR)
    number = world.record(lonely.viewer, publish=False, marking=Marking.AMBER)
    assert save(lonely, number).status == 303
    page = lonely.see(f"/records/{number}")
    assert "Nobody can publish it yet" in page.one(".notice-success").text
    assert "Turn to an administrator: Adil." in page.text


def test_librarians_of_the_reviewing_organisation_publish_what_they_could_not_see(lonely, enter, world):
    unit, other = enter("umar", Role.LIBRARIAN, organisation="unit"), enter("far", Role.LIBRARIAN, organisation="away")
    officer = enter("omar", organisation="unit")
    number = world.record(lonely.viewer, publish=False, marking=Marking.AMBER_STRICT, title="Closed advice")
    assert unit.get(f"/records/{number}").status == 404
    with world.work() as work:
        work.session.get(Organisation, lonely.viewer.organisation_id).reviewed_by_id = unit.viewer.organisation_id
    for person in (other, officer):
        assert person.get(f"/records/{number}").status == 404
        assert "Closed advice" not in person.see("/library/review").text
    assert "Umar" in lonely.see(f"/records/{number}").text
    assert "Closed advice" in unit.see("/library/review").text
    assert save(unit, number, summary="Read over.").status == 303
    answer = unit.post(f"/records/{number}/publish", strength="1")
    assert path_of(answer) == "/library/review"
    assert (world.get(number).status, world.get(number).strength) == ("published", 1)
    assert unit.get(f"/records/{number}").status == 404, "what is published is seen by its marking alone"
    proposal = propose(world, lonely, number, title="Closed advice, mended")
    assert "Closed advice" in unit.see("/library/review").one("#waiting-proposals").text
    assert path_of(accept(unit, proposal)) == "/library/review"
    assert world.get(number).title == "Closed advice, mended"
    assert unit.get(f"/revisions/{proposal}").status == 404, "what is decided on is seen by the marking alone"


def test_librarians_above_the_source_publish_its_drafts(world, enter):
    top = enter("tariq", Role.LIBRARIAN, organisation="top")
    low = enter("laila", organisation="low")
    with world.work() as work:
        work.session.get(Organisation, low.viewer.organisation_id).parent_id = top.viewer.organisation_id
    number = world.record(low.viewer, publish=False, marking=Marking.AMBER_STRICT)
    assert top.post(f"/records/{number}/publish").status == 303


def test_red_is_published_by_a_named_second_person_and_not_graded_by_him(author, librarian, enter, world):
    nadia = enter("nadia", organisation="away")
    number = world.record(author.viewer, publish=False, marking=Marking.RED, named_users=[nadia.id], strength=4)
    assert librarian.get(f"/records/{number}").status == 404
    assert author.post(f"/records/{number}/publish").status == 403
    assert "Handling a seized phone" in nadia.see("/library/review").text
    assert nadia.post(f"/records/{number}/publish", strength="4").status == 303
    record = world.get(number)
    assert (record.status, record.published_by, record.strength) == ("published", nadia.id, 0)
    proposal = propose(world, author, number, strength="4", summary="Better.")
    assert librarian.get(f"/revisions/{proposal}").status == 404
    assert accept(nadia, proposal, strength="4").status == 303
    assert (world.get(number).summary, world.get(number).strength) == ("Better.", 0)
