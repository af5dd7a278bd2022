"""A real Chromium for the browser tests, and one demo site for the run.

Every page gets a fresh context, and fails its test when it asks another machine, when a script of ours fails, or when the
Content-Security-Policy had to stop something.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.deployed import deployed_site
from tests.browser.site import Site, demo_site
from tests.needs import find_chromium

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
FLAGS = (
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox refuses to start
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # Nothing but this machine has a name. Refusing requests one by one would turn the browser's cache off.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
PHONE, DESK = 390, 1280
# Chromium reports every page that is not 2xx this way; some tests ask for such pages.
STATUS = "Failed to load resource: the server responded with a status of"
OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this directory needs a browser; nobody has to remember to say so."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One demo site for the run. Tests add to it and take nothing away."""
    with demo_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same on all servers of a deployment, for tests that say that they need them."""
    with deployed_site(tmp_path_factory.mktemp("deployed")) as site:
        yield site


@pytest.fixture(scope="session")
def sessions(browser: Browser, site: Site) -> Callable[[str], Any]:
    """The cookies of a signed-in person: everybody signs in once in the run."""
    known: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in known:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{site.url}/sign-in")
            page.get_by_role("button", name=name.title()).click()
            page.wait_for_url(f"{site.url}/")
            known[name] = context.storage_state()
            context.close()
        return known[name]

    return of


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Opens pages of any width, for anybody (`person`) or nobody, each without history, and watches them."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def only_local(asked: Request) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
            wrong.append(f"asked another machine: {asked.url}")

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(STATUS):
            wrong.append(message.text)

    def open_one(*, width: int = DESK, person: str = "", **options: Any) -> Page:
        if person:
            options["storage_state"] = request.getfixturevalue("sessions")(person)
            options["base_url"] = request.getfixturevalue("site").url
        is_phone = width < 600
        size = {"width": width, "height": 844 if is_phone else 800}
        options = {"locale": "en-GB", "timezone_id": "UTC", "viewport": size, "has_touch": is_phone, **options}
        context = browser.new_context(is_mobile=is_phone, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", only_local)
        page.set_default_timeout(10_000)
        page.on("console", note)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not wrong, f"The browser complained: {wrong}"


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page without cookies or history."""
    return open_page()
