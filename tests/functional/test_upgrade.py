"""An instance made by the version before the shared seams is upgraded: nothing is lost, embedded or read again.

`upgrades/0001.sql` and `0001.zip` are such an instance, database and data directory: every marking, recipients of both
sorts, topics, tags, files with and without text on published records, drafts and a withdrawn one, one file that was taken
off again, a mark that still waits, and the embedded index of all that. A later change that asks for a new index makes
verification fail here; then the dump is replaced by one of the commit before that change.
"""

import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData, select, text
from sqlmodel import select as select_rows

from core import audit
from core.access import load_tokens, tokens_in
from core.attachments import Attachment, list_attachments
from core.clock import FixedClock
from core.db import Database
from core.files import FileText
from core.marking import recipients_of
from core.settings import Settings
from library import policy
from library.models import Record
from search.embedding import HashEmbedder
from tests.databases import create_postgres, drop_postgres
from tests.factories import NOW
from tests.functional.conftest import PASSWORD, new_app
from tests.functional.pages import Answer, Visitor
from webapp import migrations
from webapp.composition import build_runtime
from webapp.migrations.copy import _advance
from webapp.runtime import Runtime

DUMPS = Path(__file__).parent / "upgrades"
MOVED = {
    "record_topic": "SELECT record_id, topic FROM record_topic ORDER BY 1, 2",
    "record_tag": "SELECT record_id, tag FROM record_tag ORDER BY 1, 2",
    "record_recipient": "SELECT record_id, organisation_id, user_id FROM record_recipient ORDER BY 1, 2, 3",
    "attachment": "SELECT id, record_id, filename, sha256, size, media_type, added_by, added_at FROM attachment ORDER BY 1",
}
NOW_THERE = {
    "record_topic": "SELECT object_id, topic FROM object_topic WHERE kind = 'record' ORDER BY 1, 2",
    "record_tag": "SELECT object_id, tag FROM object_tag WHERE kind = 'record' ORDER BY 1, 2",
    "record_recipient": "SELECT object_id, organisation_id, user_id FROM recipient WHERE kind = 'record' ORDER BY 1, 2, 3",
    "attachment": "SELECT id, object_id, filename, sha256, size, media_type, added_by, added_at FROM attachment"
    " WHERE kind = 'record' AND replaced_by IS NULL ORDER BY 1",
}


class CountingEmbedder(HashEmbedder):
    """Counts the texts it is asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded = 0

    def embed(self, texts: Sequence[str]):
        self.embedded += len(texts)
        return super().embed(texts)


@pytest.fixture
def old_url(database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The database of the old instance, at its revision; its data directory is `tmp_path`."""
    with zipfile.ZipFile(DUMPS / "0001.zip") as package:
        package.extractall(tmp_path)
    path = tmp_path / "ipcu.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript((DUMPS / "0001.sql").read_text("utf-8"))
    connection.close()
    if database_kind == "sqlite":
        yield f"sqlite:///{path}"
        return
    url = create_postgres()
    migrations.upgrade(url, "0001")
    fill(url, f"sqlite:///{path}")
    yield url
    drop_postgres(url)


def fill(target: str, source: str) -> None:
    """Copy the rows to PostgreSQL by the tables as they were then; the models are of today."""
    old, new, tables = Database(source), Database(target), MetaData()
    tables.reflect(new.engine)
    with old.reading() as reading, new.writing() as writing:
        for table in tables.sorted_tables:
            rows = [dict(row._mapping) for row in reading.execute(select(table).order_by(*table.primary_key))]
            if rows and table.name != "alembic_version":
                writing.execute(table.insert(), rows)
                _advance(writing, table)
        writing.connection().commit()
    old.close()
    new.close()


def rows_of(url: str, statements: dict[str, str]) -> dict[str, list[tuple[object, ...]]]:
    database = Database(url)
    with database.reading() as session:
        found = {name: [tuple(row) for row in session.execute(text(one))] for name, one in statements.items()}
    database.close()
    return found


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def upgraded(old_url: str, tmp_path: Path, embedder: CountingEmbedder) -> Iterator[Runtime]:
    """The instance as the present version runs it."""
    migrations.upgrade(old_url)
    settings = Settings(
        data_dir=tmp_path,
        database_url=old_url,
        secret_key=SecretStr("a signing key of a test, long enough"),
        embedding="off",
    )
    runtime = build_runtime(settings, web=False, clock=FixedClock(NOW), embedder=embedder)
    yield runtime
    runtime.close()


@pytest.fixture
def amina(upgraded: Runtime) -> Visitor:
    client = new_app(upgraded).test_client()
    token = Answer(client.get("/sign-in")).one("meta[name=csrf-token]")["content"]
    fields = {"csrf_token": token, "email": "amina@exchange.example", "password": PASSWORD}
    assert client.post("/sign-in", data=fields).status_code == 303
    return Visitor(client, 1, "amina@exchange.example", None)  # type: ignore[arg-type]


def test_every_row_is_where_it_belongs_now(old_url):
    before = rows_of(old_url, MOVED)
    assert all(before.values())
    migrations.upgrade(old_url)
    assert rows_of(old_url, NOW_THERE) == before


def test_nothing_is_embedded_read_or_indexed_again(upgraded, embedder):
    with upgraded.reading() as session:
        texts = {row.sha256: row.model_dump() for row in session.exec(select_rows(FileText))}
    verdict = upgraded.indexer.verify()
    assert verdict.is_clean, verdict
    assert verdict.checked == 5
    report = upgraded.indexer.run_all()
    done = report.drained
    assert (done.claimed, done.unchanged) == (1, 1)
    assert (done.embedded, done.metadata, done.deleted, done.vectors, report.texts) == (0, 0, 0, 0, 0)
    assert embedder.embedded == 0
    assert upgraded.indexer.verify().is_clean
    with upgraded.reading() as session:
        assert {row.sha256: row.model_dump() for row in session.exec(select_rows(FileText))} == texts
        assert audit.verify(session).is_intact


def test_everybody_sees_what_he_saw(upgraded):
    """The tokens that were stored are those the moved recipients give."""
    with upgraded.reading() as session:
        records = session.exec(select_rows(Record)).all()
        assert len(records) == 7
        for record in records:
            stored = load_tokens(session, "record", [record.id])[record.id]
            assert tokens_in(session, policy.audience_of(record, recipients_of(session, record.ref))) == stored


def test_files_are_found_and_open_at_their_old_addresses(upgraded, amina):
    hits = amina.see("/search?q=zanzibar").one("main")
    assert {link.get("href") for link in hits.all("a") if "/files/" in (link.get("href") or "")} == {
        "/files/1",
        "/files/3",
    }
    moved = amina.get("/attachments/1?download=1")
    assert (moved.status, moved.headers["Location"]) == (301, "/files/1?download=1")
    assert "zanzibar" in amina.see("/files/1").html
    page = amina.see("/records/1")
    assert page.one("#files").texts("bdi") == ["field-card.txt", "handbook.pdf"]
    assert "phones" in page.text


def test_what_comes_next_gets_a_number_of_its_own(upgraded, amina):
    with upgraded.reading() as session:
        last = max(session.exec(select_rows(Attachment.id)).all())
    assert amina.upload(1, "field-card.txt", b"The pouch, then the okapi procedure.").status == 303
    with upgraded.reading() as session:
        newest = list_attachments(session, "record", [1])[1][-1]
        assert newest.id > last
        assert session.get(Attachment, 1).replaced_by == newest.id


def test_the_way_back_loses_nothing_either(old_url):
    before = rows_of(old_url, MOVED)
    migrations.upgrade(old_url)
    migrations.downgrade(old_url, "0001")
    assert rows_of(old_url, MOVED) == before


def test_the_way_back_is_refused_when_something_has_no_place_there(upgraded, amina, old_url):
    amina.upload(1, "field-card.txt", b"A second version.")
    with pytest.raises(RuntimeError, match="earlier versions of files"):
        migrations.downgrade(old_url, "0001")
    assert migrations.is_current(old_url)
