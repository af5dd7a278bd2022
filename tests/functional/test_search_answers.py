"""No answer is said to be one: questions nothing answers, and words typed wrong."""

from collections.abc import Sequence

import pytest

from core.access import Marking
from core.settings import Settings
from search.embedding import RELIABLE, HashEmbedder
from search.models import SynonymSet
from search.results import SearchRequest
from tests.functional.pages import Visitor
from webapp.composition import build_runtime

LANGUAGE = {
    "saddle",
    "lantern",
    "farrier",
    "seized",
    "phone",
    "isolate",
    "network",
    "horses",
    "feeding",
    "plan",
    "night",
    "from",
    "the",
}


class Reader(HashEmbedder):
    """Knows some words of a language; the others it has to spell."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [sum(1 if word.lower() in LANGUAGE else 3 for word in text.split()) for text in texts]


@pytest.fixture
def runtime(settings: Settings, clock, monkeypatch):
    embedder = Reader()
    monkeypatch.setitem(RELIABLE, embedder.digest, 0.54)
    runtime = build_runtime(settings, web=False, clock=clock, embedder=embedder)
    yield runtime
    runtime.close()


@pytest.fixture
def officer(enter, world, index) -> Visitor:
    author = enter("bilal").viewer
    world.record(author, title="Seized phone", body="Isolate the phone from the network.", topics=["drones"])
    world.record(author, title="Night shift", body="A plan for the night, with horses kept in the yard.", year=2024)
    index()
    return enter("amina")


UNANSWERED = "plan+for+horses+of+cavalry+regiments"


def test_a_question_nothing_answers_is_left_empty_and_the_closest_are_a_click_away(officer):
    page = officer.see(f"/search?q={UNANSWERED}")
    assert page.titles == []
    assert page.one(".nothing").one("h2").text == "Nothing reliable found"
    (way,) = [link for link in page.one(".nothing").all("a") if link.text == "Show the closest match all the same"]
    closest = officer.see(way["href"])
    assert closest.titles == ["Night shift"]
    assert "None of them may answer your question." in closest.text


def test_an_answered_question_shows_its_list(officer):
    assert officer.see("/search?q=isolate+a+seized+phone").titles == ["Seized phone"]


@pytest.mark.parametrize("narrowed", ["year=2024", "sort=newest", "page=2", "year=2024&sort=newest"])
def test_narrowing_and_sorting_do_not_change_whether_there_is_an_answer(officer, narrowed):
    assert officer.see(f"/search?q={UNANSWERED}&{narrowed}").titles == []
    assert officer.see(f"/search?q=plan+for+the+night&{narrowed}").titles == ["Night shift"]
    # Without anything kept from the question before it: the answer does not depend on what was asked first.
    assert officer.see(f"/search?q=the+plan+for+a+night&{narrowed}").titles == ["Night shift"]


@pytest.mark.parametrize("asked", ["%22horses%22", "hors*"])
def test_who_quotes_or_stars_a_word_gets_what_has_it(officer, asked):
    assert officer.see(f"/search?q={asked}+night+regiments+plan").titles == ["Night shift"]


def test_where_nothing_has_the_quoted_words_the_question_without_the_marks_is_a_click_away(officer):
    page = officer.see('/search?q=isolate+"a+phone+that+was+seized"')
    assert page.titles == []
    (way,) = [link for link in page.one(".nothing").all("a") if link.text == "Search without the quotation marks"]
    assert officer.see(way["href"]).titles == ["Seized phone"]
    assert "quotation marks" not in officer.see('/search?q="zebra+crossing"').text


def test_where_nothing_has_all_of_the_words_each_that_finds_something_alone_is_a_click_away(
    officer, world, enter, index, monkeypatch
):
    world.record(officer.viewer, title="Saddle", year=2023)
    world.record(officer.viewer, title="Another saddle", year=2024)
    world.record(officer.viewer, title="Lantern", year=2024)
    world.record(enter("chandni", organisation="away").viewer, title="Farrier", marking=Marking.RED)
    index()
    monkeypatch.setattr(Reader, "knows", lambda _self, _text: False)  # by words alone: nothing is near by chance

    def offered(address: str) -> list[str]:
        return [link.text for link in officer.see(address).one(".nothing").all(".chip")]

    # One nobody has, one only others may see; the rarest comes first, and filters stay.
    assert offered("/search?q=how+is+a+saddle+lantern") == ["lantern", "saddle"]
    assert offered("/search?q=farrier+saddle") == ["saddle"]
    assert "saddle" in offered("/search?q=lantern+saddle&year=2023")
    assert officer.see("/search?q=saddle&year=2023").titles == ["Saddle"]
    for asked in ('"saddle+lantern"', "saddle+lantern+-seized", "farrier", "zamburak+farrier"):
        assert offered(f"/search?q={asked}") == [], asked


def test_an_answer_appears_as_soon_as_it_is_there(officer, world, enter, index):
    assert officer.see(f"/search?q={UNANSWERED}").titles == []
    world.record(enter("dina").viewer, title="Cavalry", body="The plan for horses of cavalry regiments.")
    index()
    assert "Cavalry" in officer.see(f"/search?q={UNANSWERED}").titles


def test_what_only_others_may_see_answers_only_them(officer, world, enter, index):
    author = enter("chandni", organisation="away")
    body = "The plan for horses of cavalry regiments."
    world.record(author.viewer, title="Cavalry", body=body, marking=Marking.RED)
    index()
    assert author.see(f"/search?q={UNANSWERED}").titles[0] == "Cavalry"
    assert officer.see(f"/search?q={UNANSWERED}").titles == []


def test_a_word_typed_wrong_is_searched_as_it_was_meant_and_as_it_was_typed(officer):
    page = officer.see("/search?q=siezed+phone")
    assert page.titles == ["Seized phone"]
    assert "Searched also for seized phone." in page.text
    typed = officer.see(page.one(".did-you-mean").one("a")["href"])
    assert "Searched also for" not in typed.text
    assert typed.one(".did-you-mean").one("a").text == "seized phone"


def test_a_slip_on_the_first_letter_is_asked_about_and_not_taken_for_granted(officer):
    page = officer.see("/search?q=beized+phone&closest=1")
    assert "Searched also for" not in page.text
    assert page.one(".did-you-mean").one("a").text == "seized phone"


def test_a_word_of_the_language_is_not_asked_about(officer, world, index):
    world.record(officer.viewer, title="How it felt", body="A feeling, and the horsez.")
    index()
    assert not officer.see("/search?q=feeding+horses&closest=1").all(".did-you-mean")
    page = officer.see("/search?q=feeding+zeized+phone&closest=1")
    assert page.one(".did-you-mean").one("a").text == "feeding seized phone"


def test_a_slip_for_a_term_of_the_librarians_finds_what_it_means(officer, runtime):
    with runtime.work(officer.viewer) as work:
        work.session.add(
            SynonymSet(terms=["mobex", "seized phone"], created_at=work.now, created_by=officer.viewer.user_id)
        )
    runtime.reference.forget()
    page = officer.see("/search?q=moebx")
    assert page.titles == ["Seized phone"]
    assert "Searched also for mobex." in page.text
    assert "Searched also for" not in officer.see("/search?q=mobex").text


def test_a_name_the_dictionary_does_not_know_is_still_found(officer, world, enter, index):
    # Not for everybody, so no suggestion knows it; and it looks like a slip of a word that one does.
    world.record(officer.viewer, title="Letter", body="About Mr Seizad.", marking=Marking.AMBER_STRICT)
    index()
    assert "Letter" in officer.see("/search?q=Seizad").titles


def test_who_asks_for_a_name_gets_what_has_it_and_none_of_his_other_words(officer, world, enter, index):
    # So much else that the meaning leg does not find it.
    much = " ".join(f"tent{number}" for number in range(60))
    world.record(officer.viewer, title="Operation Kestrelwadi", summary=much, body=much)
    # As rare, but a word of the language: of those a third is needed.
    world.record(officer.viewer, title="Isolate", summary=much, body=much)
    index()
    assert "Operation Kestrelwadi" in officer.see("/search?q=feeding+horses+in+Kestrelwadi+at+night&closest=1").titles
    assert "Isolate" not in officer.see("/search?q=feeding+horses+isolate+plan+night&closest=1").titles


def test_a_name_that_the_viewer_can_find_nowhere_leaves_the_question_to_meaning(officer, world, enter, index, runtime):
    def meant() -> float:
        with runtime.reading() as session:
            request = SearchRequest(text="Zamburak isolate the phone", closest=True)
            hits = runtime.search.search(session, officer.viewer, request).hits
        return next(hit.meaning_part for hit in hits if hit.card.title == "Seized phone")

    alone = meant()
    world.record(
        enter("zohra", organisation="elsewhere").viewer,
        title="Zamburak, kept elsewhere",
        marking=Marking.AMBER_STRICT,
    )
    index()
    assert meant() == alone
    world.record(officer.viewer, title="Zamburak, kept here", marking=Marking.AMBER_STRICT)
    index()
    assert meant() < 0.8 * alone


def test_words_of_the_language_are_not_taken_for_others(officer):
    page = officer.see("/search?q=feeding+the+phone")
    assert "Searched also for" not in page.text
