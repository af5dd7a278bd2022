"""What is typed into the editor survives the end of a session, a refused form and a reload; and only its writer sees it again."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.site import Site

TEXT = "## Lanes\n\nA paragraph that took an hour."
NOTICE = "What you wrote here before is back."
KEPT = "Object.keys(sessionStorage).filter((name) => name.startsWith('kept:'))"


def write(page: Page, path: str, title: str) -> None:
    page.goto(path)
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.get_by_label("Drones").check()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def own_page(open_page: OpenPage, site: Site, name: str) -> Page:
    """A page with a session of its own: other tests share one, which signing out would end for them too."""
    page = open_page(base_url=site.url)
    page.goto("/sign-in")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{site.url}/")
    return page


def sign_in_again(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("button", name=name).click()


def expect_everything_back(page: Page, title: str) -> None:
    expect(page.get_by_role("status").filter(has_text=NOTICE)).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value(title)
    expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    expect(page.get_by_label("Drones")).to_be_checked()


def test_a_session_that_ends_while_one_writes_costs_no_text(open_page: OpenPage, site: Site):
    page = open_page(person="karim")
    write(page, "/library/new", "Toll plaza")
    page.get_by_label("Type").select_option("lesson")
    page.locator("#field-lesson-pitfalls").fill("Rain.")
    page.context.clear_cookies()
    save(page)
    sign_in_again(page, "Karim")
    expect(page).to_have_url(f"{site.url}/library/new")
    expect_everything_back(page, "Toll plaza")
    expect(page.locator("#field-lesson-pitfalls")).to_have_value("Rain.")
    save(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Toll plaza")
    page.goto("/library/new")
    expect(page.get_by_label("Title")).to_have_value("")
    expect(page.get_by_text(NOTICE)).to_be_hidden()


def test_a_form_that_is_no_longer_valid_leads_back_to_its_text(open_page: OpenPage, site: Site):
    page = open_page(person="karim")
    address = f"/records/{site.records['draft']}/edit"
    write(page, address, "Lane rota")
    page.locator("form.editor [name=csrf_token]").evaluate("field => (field.value = 'of another session')")
    save(page)
    page.get_by_role("link", name="Back to the form").click()
    expect(page).to_have_url(site.url + address)
    expect_everything_back(page, "Lane rota")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Title")).to_have_value("Not yet published")
    expect(page.get_by_text(NOTICE)).to_be_hidden()
    page.reload()
    expect(page.get_by_text(NOTICE)).to_be_hidden()


def test_a_refused_form_shows_what_was_sent_and_no_older_copy(open_page: OpenPage):
    page = open_page(person="karim")
    write(page, "/library/new", "x")
    page.get_by_label("Year").fill("1")
    page.locator("form.editor").evaluate("form => (form.noValidate = true)")
    save(page)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    expect(page.get_by_text(NOTICE)).to_be_hidden()


@pytest.mark.parametrize("shows", ["an editor", "the sign-in page"])
def test_signing_out_forgets_what_was_typed_in_other_tabs(open_page: OpenPage, site: Site, shows: str):
    page = own_page(open_page, site, "Karim")
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    write(other, f"{site.url}/library/new", "Secret of Karim")
    other.wait_for_function(f"() => {KEPT}.length")
    if shows == "the sign-in page":
        # On a page without our script it hears of nothing.
        other.goto("about:blank")
    page.goto("/library")
    page.locator(".account-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    if shows == "the sign-in page":
        other.goto(f"{site.url}/sign-in")
    other.wait_for_function(f"() => !{KEPT}.length")
    # What is typed after the next sign-in is kept as ever.
    sign_in_again(page, "Karim")
    write(page, "/library/new", "Another day")
    page.wait_for_function("() => Object.values(sessionStorage).some((kept) => kept.includes('drones'))")
    page.reload()
    expect_everything_back(page, "Another day")


@pytest.mark.parametrize("leave", ["signs out", "stays signed in elsewhere"])
def test_the_next_person_in_the_tab_gets_nothing_of_it(open_page: OpenPage, site: Site, leave: str):
    page = own_page(open_page, site, "Karim")
    page.on("dialog", lambda dialog: dialog.accept())
    write(page, "/library/new", "Secret of Karim")
    page.wait_for_function(f"() => {KEPT}.length")
    if leave == "signs out":
        page.locator(".account-menu summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert page.evaluate(KEPT) == []
    else:
        page.context.clear_cookies()
        page.goto("/sign-in?next=/library/new")
    sign_in_again(page, "Amina")
    page.goto("/library/new")
    expect(page.get_by_label("Title")).to_have_value("")
    assert page.evaluate(KEPT) == []
