"""The browser fixtures themselves."""

from playwright.sync_api import Page


def test_a_page_renders_urdu_from_right_to_left(page: Page):
    page.set_content("<html dir=rtl lang=ur><p id=greeting>خوش آمدید</p></html>")
    assert page.locator("#greeting").evaluate("node => getComputedStyle(node).direction") == "rtl"
