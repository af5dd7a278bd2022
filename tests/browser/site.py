"""A demo site for the browser tests: a small library, served by the real app on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from pydantic import SecretStr
from sqlmodel import SQLModel
from werkzeug.serving import WSGIRequestHandler, make_server

from core.access import Marking
from core.accounts import hash_password
from core.clock import FixedClock
from core.db import Database
from core.people import Role
from core.settings import Settings
from library.models import RecordKind
from search.embedding import HashEmbedder
from tests.contract.search.faults import Faulty
from tests.factories import NOW, World
from webapp.app import create_app
from webapp.composition import build_runtime
from webapp.demo import DEMO_PASSWORD
from webapp.parts import TABLES as TABLES  # every table is known once these are imported

QUESTION = "how do I keep a seized phone from being wiped"
NO_ANSWER = "zzyzx quuxing of gnomes"
PASSAGE = "Put the phone in the shielded bag before anybody touches the screen."
PLACE = "Against wiping"
URDU_TITLE = "ضبط شدہ موبائل فون"
KINDS = tuple(RecordKind)
FILLER = "\n\n".join(
    f"Step {number}. Write down who held it, when, and where it went, and have the next person sign for it." * 2
    for number in range(1, 9)
)


@dataclass
class Site:
    """Where the site is and who is in it."""

    url: str
    people: dict[str, str] = field(default_factory=dict)
    """Short name to e-mail address."""
    records: dict[str, int] = field(default_factory=dict)
    search_servers: Faulty | None = None
    """What stands between the deployed site and OpenSearch."""


class _Quiet(WSGIRequestHandler):
    """No line for each request, and connections that stay open as a production server keeps them."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@contextmanager
def demo_site(directory: Path) -> Iterator[Site]:
    """The site, until the block is left."""
    settings = Settings(
        data_dir=directory, secret_key=SecretStr("a signing key of a test, long enough"), embedding="off", demo=True
    )
    runtime = build_runtime(settings, web=False, clock=FixedClock(NOW), embedder=HashEmbedder(512))
    SQLModel.metadata.create_all(runtime.database.engine)
    site = Site("")
    fill(runtime.database, site)
    runtime.indexer.run_pending()
    app = create_app(runtime)
    add_failing_page(app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, name="site")
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        runtime.close()


def add_failing_page(app: Flask) -> None:
    """A page that always breaks: nothing else shows what a person sees then."""

    def broken() -> str:
        raise RuntimeError("broken on purpose")

    app.add_url_rule("/broken", "broken", broken)


def fill(database: Database, site: Site) -> None:
    """An organisation, four people, fourteen records about phones, one of them the answer."""
    world = World(database, FixedClock(NOW))
    hashed = hash_password(DEMO_PASSWORD)
    here = world.organisation("cid")
    people = {
        name: world.person(name, here, *roles, password_hash=hashed)
        for name, roles in {
            "amina": (Role.OFFICER,),
            "karim": (Role.OFFICER, Role.LIBRARIAN),
            "sana": (Role.ADMINISTRATOR, Role.LIBRARIAN),
            "zara": (Role.ADMINISTRATOR, Role.LIBRARIAN),
        }.items()
    }
    site.people = {name: f"{name}@exchange.example" for name in people}
    author = world.viewer(people["karim"])
    for number in range(12):
        kind = KINDS[number % len(KINDS)]
        site.records[f"case-{number}"] = world.record(
            author,
            kind=kind,
            title=f"Seized phone, note {number + 1}",
            summary="A phone was seized; what was written down about keeping it.",
            body=f"## What happened\n\n{FILLER}\n\n## Keeping it\n\nThe phone was kept in a locker.",
            tags=["phone", f"note-{number}"],
            topics=["digital-forensics"] if number % 2 else ["drones"],
        )
    site.records["answer"] = world.record(
        author,
        title="Seized phone: from the scene to the laboratory",
        summary="What the first officer does so that a seized phone is not wiped.",
        body=f"## At the scene\n\n{FILLER}\n\n## {PLACE}\n\n{PASSAGE} "
        f"Whoever asks how to keep a seized phone from being wiped finds the answer here.\n\n## After\n\n{FILLER}"
        "\n\n| What | Who | When | Where | Why | Signed |\n|-|-|-|-|-|-|\n"
        "| Isolationsverpackungsbestätigung | exhibits clerk | at once | the registry | continuity | yes |",
        tags=["phone"],
        topics=["digital-forensics"],
    )
    site.records["urdu"] = world.record(
        author,
        title=URDU_TITLE,
        summary="فون کو بند نہ کریں اور نیٹ ورک سے الگ رکھیں۔",
        body="## پہلا گھنٹہ\n\nفون کو ڈھال والے تھیلے میں رکھیں۔",
        language="ur",
        marking=Marking.CLEAR,
    )
    site.records["draft"] = world.record(author, publish=False, title="Not yet published")
