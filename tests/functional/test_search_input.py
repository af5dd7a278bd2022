"""Whatever is typed or forged into a search address, the answer is a page; and what is out of order is said in one sentence."""

from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Unavailable
from core.people import Role
from search.embedding import EmbedderState, HashEmbedder, NoEmbedder
from search.query import FIELDS, parse
from tests.functional.conftest import new_app
from tests.functional.pages import Visitor
from tests.unit.search.hostile import ANY_TEXT, NASTY
from webapp.composition import build_runtime
from webapp.views.search import CHOOSABLE, without_typed


@pytest.fixture
def officer(enter, world, index) -> Visitor:
    visitor = enter("amina")
    world.record(visitor.viewer, tags="phones", topics=["drones"])
    index()
    return visitor


STRANGE_VALUES = (
    "\x00",
    "²",
    "９",
    "-1",
    "1e9",
    "9" * 5_000,
    "a b'\"<script>alert(1)</script>",
    "\u202egpj",
    "%00",
    "kind:sop",
    "../../etc/passwd",
    "{{7*7}}",
    "' OR 1=1 --",
    "\ud800",
    "x" * 20_000,
)


@pytest.mark.parametrize("text", [*NASTY, *STRANGE_VALUES], ids=range(len(NASTY) + len(STRANGE_VALUES)))
def test_no_question_breaks_the_pages(officer, text):
    asked = quote_plus(text, errors="surrogatepass")
    for url in (
        f"/search?q={asked}",
        f"/search/suggest?q={asked}",
        f"/requests?q={asked}",
        f"/library?topic={asked}&kind={asked}",
    ):
        page = officer.see(url)
        assert "<script>alert" not in page.html


@pytest.mark.parametrize("name", [*CHOOSABLE, "sort", "page", "after", "before", "unknown"])
def test_no_forged_value_breaks_the_page(officer, name):
    for value in STRANGE_VALUES:
        page = officer.see(f"/search?q=phone&{name}={quote_plus(value, errors='surrogatepass')}")
        assert "<script>alert" not in page.html
        assert len(page.html) < 200_000


@pytest.mark.parametrize("number", ["-1", "0", "1000000000", "abc", "1.5", "", "²", "9" * 5_000])
def test_what_is_no_page_number_is_a_page_that_is_there(officer, number):
    page = officer.see("/search", query_string={"q": "phone", "page": number})
    assert page.titles == ["Handling a seized phone"]
    assert officer.see("/library", query_string={"page": number}).titles == ["Handling a seized phone"]


@pytest.mark.parametrize("sort", ["", "unknown", "RELEVANCE", "relevance; drop table"])
def test_an_unknown_order_is_best_match(officer, sort):
    page = officer.see("/search", query_string={"q": "phone", "sort": sort})
    assert page.one("#sort-relevance").get("aria-current") == "true"


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "0000-00-00", "99999-01-01", "2026-11-20T00:00"])
def test_what_is_no_date_is_left_out(officer, day):
    page = officer.see("/search", query_string={"q": "phone", "after": day, "before": day})
    assert page.counted == 1
    assert not page.all("a.chip-on")


@pytest.mark.parametrize(("after", "before"), [("0001-01-01", "9999-12-31"), ("2026-11-21", "2026-11-20")])
def test_the_first_and_last_days_there_are_work(officer, after, before):
    page = officer.see("/search", query_string={"q": "phone", "after": after, "before": before})
    assert page.counted == (1 if after < before else 0)
    assert len(page.all("a.chip-on")) == 2


def test_ten_megabytes_of_question_are_cut_before_they_are_written_into_every_link(officer):
    page = officer.see("/search", query_string={"q": "phone " * 1_800_000})
    assert "too long" in page.text
    assert len(page.html) < 1_000_000
    assert len(officer.see("/").one(".recent").text) < 1_000


def test_a_thousand_forged_values_are_cut_to_thirty(officer):
    forged = "&".join(f"tag=t{number}" for number in range(1_000))
    page = officer.see(f"/search?q=phone&{forged}")
    assert len(page.all("a.chip-on")) == 30


def test_remarks_on_a_question_are_escaped(officer):
    page = officer.see("/search", query_string={"q": 'after:"<img src=x onerror=alert(1)>" phone'})
    assert "was read as a word" in page.text
    assert not page.all("img")


@given(text=ANY_TEXT, field=st.sampled_from(["kind", "topic", "organisation", "tag", "date"]))
def test_dropping_a_filter_from_a_question_leaves_nothing_of_it_and_everything_else(text, field):
    whole = f"{text} kind:sop tag:keys after:2020 officer"
    before, after = parse(whole), parse(without_typed(whole, field))
    assert (after.words, after.phrases, after.negations) == (before.words, before.phrases, before.negations)
    assert list(after.filters) == [one for one in before.filters if one.excluded or FIELDS[one.field] != field]
    assert (after.after, after.before) == ((None, None) if field == "date" else (before.after, before.before))


@pytest.fixture
def with_embedder(settings, clock, make_user, sign_in, world):
    """The same site run with another embedder."""
    opened = []

    def run(embedder) -> Visitor:
        runtime = build_runtime(settings, web=False, clock=clock, embedder=embedder)
        opened.append(runtime)
        user = make_user("bilal")
        return Visitor(sign_in(new_app(runtime).test_client(), user), user.id, user.email, world.viewer(user.id))

    yield run
    for runtime in opened:
        runtime.close()


class Absent(HashEmbedder):
    """A model that is in the given state and of no use."""

    def __init__(self, state: EmbedderState) -> None:
        super().__init__()
        self.state = state
        self.ready = False
        self.digest = "hash-64"


@pytest.mark.parametrize(
    ("embedder", "sentence"),
    [
        (lambda: Absent(EmbedderState.LOADING), "still starting"),
        (lambda: Absent(EmbedderState.FAILED), "out of order"),
        (NoEmbedder, "switched off"),
        (lambda: HashEmbedder(knows=lambda text: False), "In this script"),
        (lambda: HashEmbedder(32), "is being renewed"),
    ],
)
def test_without_the_meaning_leg_words_are_matched_and_one_sentence_says_so(officer, with_embedder, embedder, sentence):
    visitor = with_embedder(embedder())
    page = visitor.see("/search?q=phone")
    assert page.titles == ["Handling a seized phone"]
    (notice,) = page.texts(".notice-degraded")
    assert sentence in notice
    assert notice.count(".") == 1
    # Nothing was asked, so nothing is missing.
    assert not visitor.see("/search").all(".notice-degraded")


def test_with_the_meaning_leg_nothing_is_said(officer):
    page = officer.see("/search?q=phone")
    assert not page.all(".notice-degraded")
    assert "Found by your words" in page.one(".hit").text


class Broken:
    """An engine that is down."""

    name = "embedded"

    def __getattr__(self, name):
        def refuse(*args, **kwargs):
            raise Unavailable("The search index cannot be read.")

        return refuse


@pytest.fixture
def engine_is_down(officer, runtime, monkeypatch) -> None:
    monkeypatch.setattr(runtime.search._retrieval, "_engine", Broken())
    monkeypatch.setattr(runtime.indexer, "_engine", Broken())


@pytest.mark.usefixtures("engine_is_down")
def test_without_the_engine_search_says_so_and_offers_another_try(officer):
    answer = officer.get("/search?q=phone")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "30"
    assert "Out of order for a moment" in answer.text
    assert "/search?q=phone" in [link["href"] for link in answer.one(".problem").all("a")]
    part = officer.get("/search?q=phone", headers={"HX-Request": "true"})
    assert part.status == 503
    assert "<html" not in part.html
    assert len(part.all(".notice-danger")) == 1


@pytest.mark.usefixtures("engine_is_down")
def test_without_the_engine_the_rest_of_the_site_works(officer, enter):
    for url in ("/", "/library", "/records/1", "/records/1/edit", "/library/drafts", "/requests", "/account/"):
        officer.see(url)
    admin = enter("root", Role.ADMINISTRATOR).see("/admin/")
    assert "The search index cannot be read." in admin.text


@pytest.mark.usefixtures("engine_is_down")
def test_without_the_engine_there_are_no_suggestions_and_no_alarm(officer):
    answer = officer.see("/search/suggest?q=pho", headers={"HX-Request": "true"})
    assert not answer.all(".suggestion")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=ANY_TEXT)
def test_any_question_gets_a_page(officer, text):
    officer.see("/search?q=" + quote_plus(text, errors="surrogatepass"))
