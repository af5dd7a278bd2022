"""Collected attacks, typed into every field, in a real browser: nothing of them runs, loads or leads away.

Each page is opened twice. Once without the Content-Security-Policy, so that nothing but our own escaping stands between the
text and the reader; once with it, and then the policy must not have had to stop anything.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page
from pydantic import SecretStr

from core.attachments import attach
from core.clock import FixedClock
from core.people import find_user_by_email
from core.settings import Settings
from library.service import RECORD_HOST
from search.embedding import HashEmbedder
from search.query import MAX_CHARACTERS
from tests.browser.conftest import OpenPage
from tests.browser.site import demo_site
from tests.factories import NOW, World
from tests.functional.test_hostile_markup import HOSTILE, PAYLOADS, batches, texts_in
from webapp.composition import build_runtime

# What attacks call to show that they ran. Set before anything of the page is read.
TRAPS = """() => {
  window.ran = [];
  for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
    window[name] = (...given) => { window.ran.push(`${name}(${given})`); };
  }
  document.addEventListener("click", (event) => event.preventDefault(), true);
  document.addEventListener("submit", (event) => event.preventDefault(), true);
}"""
# What ran after everything was pointed at, clicked and typed into, and what could still run or lead away.
FINDINGS = """() => {
  const wrong = [], events = ["mouseover", "mouseenter", "mousemove", "pointerover", "focus", "blur", "click", "toggle", "wheel", "error", "load"];
  const address = /^(https?:|mailto:)$/;
  for (const one of document.querySelectorAll("body *")) {
    for (const name of one.getAttributeNames()) {
      if (/^on/i.test(name) || name === "srcdoc") wrong.push(`${name} on ${one.outerHTML.slice(0, 80)}`);
    }
    if (/^(iframe|object|embed|base|frame|applet|template|math)$/i.test(one.tagName)) wrong.push(one.outerHTML.slice(0, 80));
    if (one.tagName === "SCRIPT" && !(one.src || "").startsWith(`${location.origin}/static/`)) wrong.push(one.outerHTML.slice(0, 80));
    for (const link of [one.href, one.src, one.action, one.formAction].filter((value) => typeof value === "string" && value)) {
      if (!address.test(new URL(link, location.href).protocol) && !link.startsWith("data:image/svg+xml")) wrong.push(link.slice(0, 80));
    }
    // Our own button prints, which is no finding.
    if (one.attributes.length && !one.closest("[data-print]")) for (const name of events) one.dispatchEvent(new Event(name, { bubbles: false, cancelable: true }));
  }
  if (document.title.includes("hacked")) wrong.push("another title");
  return wrong.concat(window.ran);
}"""


@dataclass
class Attacked:
    """A site whose records are attacks."""

    url: str
    addresses: list[str]


def attacks() -> list[str]:
    """Ours, and those that others collected where they are on this machine."""
    names = ("xss_payload_list.txt", "blns.json", "commonmark_examples.json", "bleach")
    collected = [text for name in names if (HOSTILE / name).exists() for text in texts_in(HOSTILE / name)]
    return [*PAYLOADS.values(), *collected]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """Every attack in a title, a summary, a field, a text, a file, its name, and a question."""
    directory: Path = tmp_path_factory.mktemp("attacked")
    texts = attacks()
    with demo_site(directory) as site:
        settings = Settings(data_dir=directory, secret_key=SecretStr("x" * 40), embedding="off")
        runtime = build_runtime(settings, web=False, clock=FixedClock(NOW), embedder=HashEmbedder(512))
        world, addresses = World(runtime.database, FixedClock(NOW)), ["/", "/library", "/library/drafts", "/requests"]
        with runtime.reading() as session:
            karim = find_user_by_email(session, site.people["karim"])
        assert karim is not None
        author = world.viewer(karim.id or 0)
        for number, text in enumerate(batches(texts, 100_000)):
            short = " ".join(texts[number * 37 % len(texts)].split())[:190]
            record = world.record(
                author,
                title=f"Wild {number} {short}",
                summary=short,
                body=text,
                fields={"purpose": text[:5000]},
            )
            stored = runtime.files.put(BytesIO(text.encode("utf-8", "replace")), limit=1 << 24)
            with world.work(author) as work:
                file = attach(
                    work, author, RECORD_HOST, record, filename=f"{short}.txt", stored=stored, media_type="text/plain"
                ).id
            addresses += [f"/records/{record}", f"/records/{record}/edit", f"/files/{file}"]
        runtime.indexer.run_pending()
        runtime.close()
        asked = [
            *[" ".join(list(PAYLOADS.values())[at : at + 5]) for at in range(0, len(PAYLOADS), 5)],
            *[" ".join(texts[at : at + 12])[:MAX_CHARACTERS] for at in range(0, len(texts), 1000)],
            *["script alert onerror", "img src", "svg onload style", "href javascript"],
        ]
        addresses += [f"/search?q={quote(one, errors='replace')}" for one in asked]
        yield Attacked(site.url, addresses)


@pytest.mark.parametrize("policy", [False, True], ids=["without the policy", "with the policy"])
def test_nothing_that_was_typed_runs_loads_or_leads_away(attacked: Attacked, open_page: OpenPage, policy: bool) -> None:
    page: Page = open_page(bypass_csp=not policy)
    page.goto(f"{attacked.url}/sign-in")
    page.get_by_role("button", name="Karim").click()
    page.wait_for_url(f"{attacked.url}/")
    page.add_init_script(f"({TRAPS})()")
    page.on("dialog", lambda dialog: dialog.dismiss())
    wrong = {}
    # A file is shown in a sandbox, where not even our traps may run.
    for address in [one for one in attacked.addresses if not (policy and one.startswith("/files"))]:
        page.goto(attacked.url + address)
        if found := page.evaluate(FINDINGS):
            wrong[address] = found[:5]
        assert page.url.startswith(attacked.url), page.url
        assert len(page.frames) == len(page.context.pages) == 1
    assert not wrong, json.dumps(wrong, indent=1)[:4000]


def test_the_traps_catch_what_runs(attacked: Attacked, open_page: OpenPage) -> None:
    """What would be found if the site did not escape."""
    page = open_page(bypass_csp=True)
    page.add_init_script(f"({TRAPS})()")
    page.goto(f"{attacked.url}/sign-in")
    page.evaluate(
        '() => { document.body.innerHTML = \'<p onclick="alert(1)">x</p><a href="javascript:alert(2)">y</a>\' }'
    )
    found = page.evaluate(FINDINGS)
    assert "alert(1)" in found
    assert any(one.startswith("onclick on") for one in found)
    assert any(one.startswith("javascript:") for one in found)
