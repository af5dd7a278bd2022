"""The search box and the list by keyboard, without JavaScript, and through the browser's own history."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.site import NO_ANSWER, PASSAGE, PLACE, QUESTION, Site
from tests.functional.processes import wait_for


def field_of(page: Page):
    return page.get_by_role("combobox", name=re.compile("Ask in your own words|Search the exchange"))


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_first_key_leads_past_the_navigation(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    page.goto(f"{site.url}/library")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/library"])
def test_suggestions_are_walked_with_the_arrow_keys(open_page: OpenPage, site: Site, path: str):
    page = open_page(person="amina")
    page.goto(site.url + path)
    field = field_of(page)
    field.press_sequentially("pho")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(options.first.get_attribute("id")))
    field.press("ArrowUp")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    field.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("pho")


def test_a_suggestion_is_followed_with_enter(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    page.goto(site.url)
    field_of(page).press_sequentially("pho")
    first = page.get_by_role("option").first
    expect(first).to_be_visible()
    word = first.inner_text().strip()
    field_of(page).press("ArrowDown")
    field_of(page).press("Enter")
    expect(page).to_have_url(re.compile("/search"))
    assert query_of(page)["q"] == [word]


def test_a_suggestion_is_followed_with_the_mouse(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    page.goto(site.url)
    field_of(page).press_sequentially("laboratory")
    page.get_by_role("option", name="from the scene to the laboratory").click()
    expect(page).to_have_url(re.compile(f"/records/{site.records['answer']}"))


def test_answers_come_while_typing_and_suggestions_wait_for_the_arrow_key(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    page.goto(f"{site.url}/search?q=drones")
    field = field_of(page)
    field.fill("seized phone")
    expect(page.locator(".hit").first).to_be_visible()
    expect(page).to_have_title(re.compile("seized phone"))
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.fill("pho")
    field.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")


def test_what_is_asked_on_purpose_is_remembered_and_what_is_typed_on_the_way_is_not(open_page: OpenPage, site: Site):
    page = open_page(person="sana")
    page.goto(f"{site.url}/search")
    field_of(page).fill("seized pho")
    expect(page).to_have_url(re.compile("q=seized.*pho$"))
    field_of(page).fill("seized phone kept")
    with page.expect_response(lambda answer: answer.request.headers.get("x-submitted") == "1"):
        field_of(page).press("Enter")
    recent = page.get_by_role("group", name="Your recent searches").get_by_role("link")

    def is_remembered() -> bool:  # a moment after its page was sent
        page.goto(site.url)
        return recent.all_inner_texts() == ["seized phone kept"]

    wait_for(is_remembered, "the question being remembered")


def test_the_filter_sheet_opens_and_closes_by_keyboard(open_page: OpenPage, site: Site):
    page = open_page(width=PHONE, person="amina")
    page.goto(f"{site.url}/search?q=phone")
    toggle = page.get_by_role("checkbox", name="Show the filters")
    toggle.focus()
    page.keyboard.press("Space")
    sheet = page.get_by_role("complementary", name="Filter the results")
    expect(sheet).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(toggle).to_be_focused()


def test_filters_stay_when_the_question_changes_and_leave_one_by_one(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    page.goto(f"{site.url}/search?q=phone&kind=sop&topic=digital-forensics&sort=newest")
    field_of(page).fill("seized phone")
    expect(page).to_have_url(re.compile("seized"))
    query = query_of(page)
    assert (query["kind"], query["topic"], query["sort"]) == (["sop"], ["digital-forensics"], ["newest"])
    page.get_by_role("list", name="Filters in force").get_by_role("link", name="Digital forensics").click()
    expect(page).to_have_url(re.compile("kind=sop(?!.*topic)"))
    page.go_back()
    expect(page).to_have_url(re.compile("topic=digital-forensics"))
    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("Digital forensics")
    field_of(page).fill("phone")
    expect(page).to_have_url(re.compile(r"q=phone&.*topic=digital-forensics"))


def test_a_filter_that_leaves_nothing_can_be_taken_out_where_it_stands(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    page.goto(f"{site.url}/search?q=phone&year=1999")
    expect(page.get_by_role("heading", name="Nothing reliable found")).to_be_visible()
    page.locator("#facets").get_by_role("link", name="1999").click()
    expect(page.locator(".hit").first).to_be_visible()


def test_everything_works_without_javascript(open_page: OpenPage, site: Site):
    page = open_page(width=PHONE, person="amina", java_script_enabled=False)
    page.goto(site.url)
    field_of(page).fill(QUESTION)
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".results-count")).to_have_text(re.compile(r"\d+ results"))
    page.locator(".sheet-button").click()
    page.locator("#facets").get_by_role("link", name="Digital forensics").click()
    expect(page).to_have_url(re.compile("topic=digital-forensics"))
    page.get_by_role("link", name="Newest").click()
    page.get_by_role("link", name="Best match").click()
    page.locator(f"#hit-record-{site.records['answer']}").get_by_role("link", name=PLACE).first.click()
    expect(page.get_by_text(PASSAGE)).to_be_in_viewport()
    page.goto(f"{site.url}/search?q={NO_ANSWER}")
    expect(page.get_by_label("Ask the librarians and the unit for it")).to_have_value(NO_ANSWER)
    page.locator(".account-menu summary").click()
    expect(page.get_by_role("link", name="My account")).to_be_visible()


def test_the_menu_closes_on_escape_and_gives_the_focus_back(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    page.goto(site.url)
    opener = page.locator(".account-menu summary")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="My account")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="My account")).to_be_hidden()
    expect(opener).to_be_focused()
