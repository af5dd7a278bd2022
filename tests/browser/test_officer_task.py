"""The main job, start to end, on a phone and on a desk: ask, narrow, read the passage, come back, request what is missing.

On one machine, and on all the servers of a deployment.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.site import NO_ANSWER, PASSAGE, PLACE, QUESTION, Site

DEPLOYED = [getattr(pytest.mark, need) for need in ("postgres", "opensearch", "redis", "model")]


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/sign-in")
    page.get_by_role("button", name="Amina").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What do you need to know?")


def ask(page: Page, question: str) -> None:
    """From the start page, in his own words; then more words, answered while he types."""
    field = page.get_by_role("combobox", name="Ask in your own words")
    expect(field).to_be_focused()
    field.press_sequentially("phone")
    field.press("Enter")
    expect(page.locator(".hit").first).to_be_visible()
    field.fill("")
    field.press_sequentially(question)
    expect(page).to_have_url(re.compile("wiped"))
    expect(page.locator(".hit").first).to_contain_text("from the scene to the laboratory")
    expect(page.get_by_role("status").filter(has_text="result")).to_have_text(re.compile(r"^\d+ results$"))


def narrow(page: Page, width: int) -> None:
    """By type and topic; on a phone in the sheet, which stays open until he is done."""
    facets = page.get_by_role("complementary", name="Filter the results")
    if width == PHONE:
        expect(facets).to_be_hidden()
        page.locator(".sheet-button").click()
    expect(facets).to_be_visible()
    facets.get_by_role("link", name="Digital forensics").click()
    expect(page).to_have_url(re.compile("topic=digital-forensics"))
    expect(facets.get_by_role("link", name=re.compile("Digital forensics.*chosen"))).to_be_focused()
    if width == PHONE:
        page.get_by_text(re.compile(r"^Show \d+ results$")).click()
        expect(facets).to_be_hidden()
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("Digital forensics")


def scroll_of(page: Page) -> int:
    return int(page.evaluate("Math.round(window.scrollY)"))


def read_and_come_back(page: Page, site: Site) -> None:
    """The passage of a hit is in sight when its link is followed; going back leads to the same place in the list."""
    page.evaluate("window.scrollTo({top: 60, behavior: 'instant'})")
    before, address, count = scroll_of(page), page.url, page.locator(".hit").count()
    hit = page.locator(f"#hit-record-{site.records['answer']}")
    hit.get_by_role("link", name=PLACE).first.click()
    expect(page).to_have_url(re.compile(rf"/records/{site.records['answer']}#\S+"))
    expect(page.get_by_role("heading", name=PLACE)).to_be_in_viewport()
    expect(page.get_by_text(PASSAGE)).to_be_in_viewport()
    page.go_back()
    expect(page).to_have_url(address)
    expect(page.locator(".hit")).to_have_count(count)
    expect(page.get_by_role("combobox", name="Ask in your own words")).to_have_value(QUESTION)
    page.wait_for_function("before => Math.abs(window.scrollY - before) < 3", arg=before)


def meet_the_honest_empty_page(page: Page) -> None:
    """A new question keeps the filters, and says so; without an answer nothing is made up."""
    field = page.get_by_role("combobox", name="Ask in your own words")
    field.fill(NO_ANSWER)
    expect(page.get_by_role("heading", name="Nothing reliable found")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Nothing")).to_have_text("Nothing reliable found")
    expect(page.locator(".hit")).to_have_count(0)
    expect(page).to_have_url(re.compile("topic=digital-forensics"))


def request_the_knowledge(page: Page) -> None:
    """The request is there already in his words."""
    wish = page.get_by_label("Ask the librarians and the unit for it")
    expect(wish).to_have_value(NO_ANSWER)
    wish.fill(f"{NO_ANSWER} {page.viewport_size}")
    page.get_by_role("button", name="Request this knowledge").click()
    expect(page).to_have_url(re.compile("/requests"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Knowledge requests")
    expect(page.get_by_role("heading", name=f"{NO_ANSWER} {page.viewport_size}")).to_be_visible()


@pytest.fixture(params=["site", pytest.param("deployed", marks=DEPLOYED)], ids=["one machine", "deployed"])
def way(request: pytest.FixtureRequest) -> Site:
    """The site in each of the two ways to run it."""
    site: Site = request.getfixturevalue(request.param)
    return site


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_an_officer_finds_reads_comes_back_and_asks_for_what_is_missing(open_page: OpenPage, way: Site, width: int):
    site, page = way, open_page(width=width)
    sign_in(page, site)
    ask(page, QUESTION)
    narrow(page, width)
    read_and_come_back(page, site)
    meet_the_honest_empty_page(page)
    request_the_knowledge(page)


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.postgres
@pytest.mark.opensearch
@pytest.mark.redis
@pytest.mark.model
def test_an_officer_goes_on_while_search_is_away(open_page: OpenPage, deployed: Site, width: int):
    """He is told what does not work, keeps his question, reads on in the library, and finds it when search is back."""
    assert deployed.search_servers is not None
    page = open_page(width=width)
    sign_in(page, deployed)
    deployed.search_servers.fault = lambda *_: (502, {"error": "bad gateway"})
    try:
        page.goto(f"{deployed.url}/search?q={QUESTION}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Out of order for a moment")
        expect(page.get_by_role("searchbox", name="Search the exchange")).to_have_value(QUESTION)
        page.get_by_role("link", name="All records").click()
        page.get_by_role("link", name="from the scene to the laboratory").click()
        expect(page.get_by_text(PASSAGE)).to_be_visible()
        page.go_back()
        page.go_back()
    finally:
        deployed.search_servers.fault = None
    page.get_by_role("link", name="Try again").click()
    expect(page.locator(".hit").first).to_contain_text("from the scene to the laboratory")
