"""What holds for every page: nothing overflows on a phone, one heading, named fields, room for a thumb, nothing stopped by the policy."""

from collections.abc import Iterable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.site import NO_ANSWER, QUESTION, URDU_TITLE, Site

PAGES = {
    "sign-in": ("", "/sign-in", 200),
    "home": ("amina", "/", 200),
    "results": ("amina", f"/search?q={QUESTION}&topic=digital-forensics", 200),
    "results in Urdu": ("amina", f"/search?q={URDU_TITLE}", 200),
    "nothing found": ("amina", f"/search?q={NO_ANSWER}&kind=sop", 200),
    "library": ("amina", "/library", 200),
    "topic": ("amina", "/library?topic=digital-forensics", 200),
    "drafts": ("karim", "/library/drafts", 200),
    "record": ("karim", "/records/{answer}", 200),
    "record in Urdu": ("amina", "/records/{urdu}", 200),
    "draft": ("karim", "/records/{draft}", 200),
    "editor": ("karim", "/records/{answer}/edit", 200),
    "new record": ("amina", "/library/new", 200),
    "requests": ("karim", "/requests", 200),
    "account": ("amina", "/account/", 200),
    "password": ("amina", "/account/password", 200),
    "administration": ("sana", "/admin/", 200),
    "synonyms": ("sana", "/admin/synonyms", 200),
    "forbidden": ("amina", "/admin/", 403),
    "not found": ("amina", "/nothing-here", 404),
    "broken": ("amina", "/broken", 500),
}

# What is wrong with the page, in words. Inline links within sentences and what is out of sight are left out.
AUDIT = """() => {
  const wrong = [], wide = document.documentElement.clientWidth, isPhone = wide < 600;
  if (document.documentElement.scrollWidth > wide) wrong.push(`${document.documentElement.scrollWidth} px wide`);
  const main = document.querySelectorAll("h1").length;
  if (main !== 1) wrong.push(`${main} main headings`);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) wrong.push(`ids used twice: ${twice}`);
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!one.labels.length && !one.ariaLabel && !one.getAttribute("aria-labelledby")) wrong.push(`no label: ${one.outerHTML}`);
  }
  for (const one of document.querySelectorAll("a, button, summary")) {
    if (!one.textContent.trim() && !one.ariaLabel && !one.querySelector("[aria-label]")) wrong.push(`no name: ${one.outerHTML}`);
  }
  const small = (one) => {
    const box = one.getBoundingClientRect();
    if (!box.width || getComputedStyle(one).display === "inline" || one.closest(".visually-hidden, .visually-hidden-focusable, .skip-link")) return false;
    return box.height < 43.5 || box.width < 43.5;
  };
  if (isPhone) {
    for (const one of document.querySelectorAll("a, button, summary, select, .sheet-button, input:not([type=checkbox], [type=radio])")) {
      if (small(one)) wrong.push(`too small for a thumb: ${one.outerHTML.slice(0, 120)}`);
    }
  }
  return wrong;
}"""


def go(page: Page, site: Site, name: str) -> None:
    _, path, status = PAGES[name]
    answer = page.goto(site.url + path.format(**site.records))
    assert answer is not None
    assert answer.status == status


def audit(open_page: OpenPage, site: Site, names: Iterable[str], **options: Any) -> dict[str, list[str]]:
    """What is wrong on each page, signed in as whoever uses it; one window for each person."""
    windows: dict[str, Page] = {}
    found = {}
    for name in names:
        person = PAGES[name][0]
        page = windows.get(person) or windows.setdefault(person, open_page(person=person, **options))
        go(page, site, name)
        found[name] = page.evaluate(AUDIT)
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_every_page_fits_and_everything_on_it_has_a_name(open_page: OpenPage, site: Site, width: int):
    assert audit(open_page, site, PAGES, width=width) == {}


def test_pages_fit_in_urdu_from_right_to_left(open_page: OpenPage, site: Site):
    page = open_page(width=PHONE, person="zara", locale="ur")
    page.goto(f"{site.url}/account/")
    page.locator("#language").select_option("ur")
    page.locator("section[aria-labelledby=language-title] button").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    for name in (name for name, (person, _, _) in PAGES.items() if person):
        page.goto(site.url + PAGES[name][1].format(**site.records))
        expect(page.locator("html")).to_have_attribute("lang", "ur")
        assert page.evaluate(AUDIT) == [], name


def test_an_urdu_record_stands_from_right_to_left_on_an_english_page(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    go(page, site, "record in Urdu")
    expect(page.locator(".prose")).to_have_css("direction", "rtl")
    expect(page.locator(".record-side")).to_have_css("direction", "ltr")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(open_page: OpenPage, site: Site, scheme: str):
    page = open_page(person="amina", color_scheme=scheme)
    for name in ("home", "results", "record", "not found"):
        go(page, site, name)
        assert page.evaluate(CONTRAST) == [], name


def test_refused_fields_are_named_and_the_list_of_them_has_the_focus(open_page: OpenPage, site: Site):
    page = open_page(width=PHONE, person="amina")
    go(page, site, "new record")
    page.locator("form.editor").evaluate("form => (form.noValidate = true)")
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert.get_by_role("link", name="Title")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_attribute("aria-invalid", "true")
    assert page.evaluate(AUDIT) == []


def test_the_editor_asks_only_for_the_recipients_of_the_chosen_marking(open_page: OpenPage, site: Site):
    page = open_page(person="amina")
    go(page, site, "new record")
    organisations, named = page.get_by_text("Further organisations (AMBER)"), page.get_by_label("Named persons (RED)")
    marking = page.get_by_role("radiogroup", name="Marking")
    for chosen, shown in (("AMBER", (True, False)), ("RED", (False, True)), ("CLEAR", (False, False))):
        marking.locator(f"[value='{chosen}']").check()
        assert (organisations.is_visible(), named.is_visible()) == shown
    # What is not shown is not sent.
    expect(named).to_be_disabled()


def test_paper_has_the_text_and_its_marking_but_no_navigation(open_page: OpenPage, site: Site):
    page = open_page(person="karim")
    go(page, site, "record")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".tlp-banner").first).to_be_visible()
    for gone in (".bar", ".nav-main", ".record-actions", ".upload", ".foot"):
        expect(page.locator(gone)).to_be_hidden()
    assert page.locator("body").evaluate("body => getComputedStyle(body).page") == "green"


def test_a_record_is_printed_by_its_button_which_needs_a_script(open_page: OpenPage, site: Site):
    page = open_page(person="karim")
    page.add_init_script("window.print = () => { window.printed = true; }")
    go(page, site, "record")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") is True
    without = open_page(person="karim", java_script_enabled=False)
    go(without, site, "record")
    expect(without.get_by_role("heading", level=1)).to_be_visible()
    expect(without.get_by_role("button", name="Print")).to_be_hidden()


# Contrast of every text with the colours behind it (WCAG 2.2, 1.4.3): 4.5, or 3 for large text.
CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (one) => {
    for (let node = one; node; node = node.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(node).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const wrong = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const style = getComputedStyle(one);
    if (!own || !one.getClientRects().length || style.color.includes("color(") || one.closest(".visually-hidden")) continue;
    const [a, b] = [light(parse(style.color)), light(behind(one))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) wrong.push(`${ratio.toFixed(2)}: ${one.outerHTML.slice(0, 100)}`);
  }
  return wrong;
}"""
