"""axe-core's rules (WCAG 2.2 A and AA, and its best practices), in light at a desk and in dark on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.site import Site
from tests.browser.test_pages import PAGES, go

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK_PAGES = (
    "sign-in",
    "home",
    "results",
    "nothing found",
    "library",
    "record",
    "editor",
    "requests",
    "administration",
    "synonyms",
    "broken",
)
PHONE_PAGES = ("results", "record", "record in Urdu", "new record", "account")
RUN = """async (tags) => (await axe.run(document, {runOnly: tags})).violations.flatMap((rule) =>
  rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.any.concat(node.all, node.none).map((one) => one.message)[0]}`))"""


@pytest.mark.parametrize(
    ("width", "scheme", "names"), [(DESK, "light", DESK_PAGES), (PHONE, "dark", PHONE_PAGES)], ids=["desk", "phone"]
)
def test_axe_finds_nothing(open_page: OpenPage, site: Site, width: int, scheme: str, names: tuple[str, ...]):
    assert AXE.is_file(), "axe-core is not installed. Run: make setup"
    source, windows, found = AXE.read_text("utf-8"), dict[str, Page](), dict[str, list[str]]()
    for name in names:
        person = PAGES[name][0]
        if person not in windows:
            windows[person] = open_page(width=width, person=person, color_scheme=scheme)
        go(windows[person], site, name)
        # Not as a script element: the pages' own Content-Security-Policy would rightly refuse it.
        windows[person].evaluate(source)
        found[name] = windows[person].evaluate(RUN, TAGS)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
