"""A full disk, a disk that cannot be written, damage, a model that is gone, a clock that jumps: each is said in one clear
sentence, loses nothing, and is over when its cause is."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from core import audit, files
from core.accounts import FAILURES_PER_ACCOUNT, WINDOW
from core.clock import FixedClock
from core.db import Database
from core.errors import Unavailable
from core.outbox import count_waiting
from core.paging import Page
from core.people import Role
from search.embedding import HashEmbedder, SentenceTransformerEmbedder
from search.engines.embedded import writing
from search.results import SearchRequest
from tests.functional.conftest import PASSWORD, csrf_of, new_app
from tests.functional.pages import Answer, Visitor
from webapp.composition import build_runtime
from webapp.health import check_health
from webapp.migrations import upgrade


@pytest.fixture(scope="module")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by the migrations, so that the doctor looks beyond it."""
    path = tmp_path_factory.mktemp("template") / "blank.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def officer(enter, world, index) -> Visitor:
    # Who edits at once: a librarian, another person's record.
    visitor = enter("amina", Role.OFFICER, Role.LIBRARIAN)
    world.record(world.viewer(world.person("writer", visitor.viewer.organisation_id)))
    index()
    return visitor


@contextmanager
def pragma(database: Database, statement: str) -> Iterator[None]:
    """Every connection that is opened within the block begins with the statement."""

    def begin(connection, _record) -> None:
        connection.execute(statement)

    database.engine.dispose()
    event.listen(database.engine, "connect", begin)
    try:
        yield
    finally:
        event.remove(database.engine, "connect", begin)
        database.engine.dispose()


def edit(visitor: Visitor, body: str) -> Answer:
    """Save record 1 with another body."""
    return visitor.post("/records/1/edit", **{**visitor.see("/records/1/edit").fields("form.editor"), "body": body})


# SQLite's own: the database may not grow, and may not be written; what a full and a read-only disk make it say.
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("PRAGMA max_page_count = 1", "The disk of the database is full."),
        ("PRAGMA query_only = ON", "The database can be read but not written."),
    ],
)
def test_a_database_that_takes_nothing_is_said_and_people_go_on_reading(officer, runtime, index, statement, sentence):
    body = "It was told at length. " * 8_000
    with pragma(runtime.database, statement):
        answer = edit(officer, body)
        assert answer.status == 503
        assert sentence in answer.text
        assert "Nothing was saved." in answer.text
        assert "administrator" in answer.text
        for url in ("/", "/search?q=phone", "/search?q=another+question", "/library", "/records/1", "/account/"):
            assert officer.get(url).status == 200, url
    assert "at length" not in officer.see("/records/1").text
    assert edit(officer, body).status == 303
    index()
    assert officer.see("/search?q=told").titles == ["Handling a seized phone"]
    with runtime.reading() as session:
        assert audit.verify(session).is_intact


def test_a_drain_on_a_full_disk_stops_with_the_reason_and_goes_on_afterwards(officer, runtime, world):
    world.record(officer.viewer, title="Seized drones")
    with pragma(runtime.database, "PRAGMA query_only = ON"), pytest.raises(Unavailable, match="read but not written"):
        runtime.indexer.run_pending()
    runtime.indexer.run_pending()
    assert officer.see("/search?q=drones").counted == 1


def test_an_index_on_a_full_disk_keeps_what_it_has_and_catches_up(officer, runtime, world, monkeypatch):
    world.record(officer.viewer, title="Seized drones")

    def full(_writer: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "commit", full)
        assert "No space left on device" in runtime.indexer.run_pending().drained.stopped
        assert officer.see("/search?q=phone").counted == 1
    with runtime.reading() as session:
        assert count_waiting(session) == 1
    runtime.indexer.run_pending()
    assert officer.see("/search?q=drones").counted == 1
    assert runtime.indexer.verify().is_clean


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_store_that_takes_no_file_is_said_and_leaves_nothing_behind(officer, runtime, monkeypatch, number):
    def refuse(_descriptor: int) -> None:
        raise OSError(number, "No room for you")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", refuse)
        answer = officer.upload(1, "note.txt", b"A note about batteries.")
    assert answer.status == 503
    assert "The file could not be stored: No room for you. Nothing was saved." in answer.text
    assert not [path for path in runtime.settings.files_dir.rglob("*") if path.is_file()]
    assert not officer.see("/records/1").all(".attachment")
    assert officer.upload(1, "note.txt", b"A note about batteries.").status == 303


def test_an_upload_for_which_there_is_no_temporary_room_is_said(officer, monkeypatch):
    def refuse(*_given: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No room for you")

    with monkeypatch.context() as patch:
        patch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
        answer = officer.upload(1, "note.txt", b"A note about batteries.")
    assert answer.status == 503
    assert "What you sent could not be received: No room for you. Nothing was saved." in answer.text
    assert officer.upload(1, "note.txt", b"A note about batteries.").status == 303


def test_what_a_killed_process_left_half_stored_is_swept_away_later(runtime):
    runtime.settings.files_dir.mkdir(exist_ok=True)
    left = runtime.settings.files_dir / ".incoming-0123456789abcdef"
    left.write_bytes(b"half")
    runtime.files.sweep()
    assert left.exists()
    runtime.files.sweep(older_than=-1)
    assert not left.exists()


def test_a_damaged_database_is_said_and_named_by_the_doctor(officer, runtime):
    with runtime.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    runtime.database.engine.dispose()
    path = runtime.settings.data_dir / "ipcu.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(b"this is no database" * 1000)
    answer = officer.get("/")
    assert answer.status == 503
    assert "The database is damaged. Please tell the administrator" in answer.text
    (finding,) = check_health(runtime)
    assert (finding.part, finding.is_well) == ("database", False)
    assert "file is not a database" in finding.text
    # The way back is the last backup, and nothing but that.
    runtime.database.engine.dispose()
    path.write_bytes(whole)
    assert officer.get("/").status == 200


DAMAGE: dict[str, Callable] = {
    "current": lambda root: (root / "CURRENT").write_text("nonsense"),
    "rows": lambda root: next(root.glob("generations/g*/rows.log")).write_bytes(b"x" * 5000),
    "words": lambda root: next(root.glob("generations/g*/words/meta.json")).write_text("{"),
    "all of it": lambda root: [path.unlink() for path in root.glob("generations/g*/*") if path.is_file()],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_is_said_and_a_rebuild_mends_it_under_the_running_site(
    officer, enter, settings, clock, world, damage
):
    DAMAGE[damage](settings.index_dir)
    runtime = build_runtime(settings, web=False, clock=clock, embedder=HashEmbedder())
    try:
        client = new_app(runtime).test_client()
        client.set_cookie("ipcu", officer.client.get_cookie("ipcu").value)
        again = Visitor(client, officer.id, officer.email, officer.viewer)
        broken = again.get("/search?q=phone")
        assert broken.status == 503
        assert "ipcu index rebuild" in broken.text
        for url in ("/", "/library", "/records/1"):
            assert again.get(url).status == 200, url
        assert _unwell(runtime) == {"index"}
        world.record(officer.viewer, title="Saved while it was broken")
        runtime.indexer.rebuild()
        runtime.indexer.run_pending()
        assert again.see("/search?q=phone").titles == ["Handling a seized phone"]
        assert again.see("/search?q=broken").titles == ["Saved while it was broken"]
        assert not _unwell(runtime)
    finally:
        runtime.close()


def test_a_model_that_is_gone_is_said_and_nothing_saved_meanwhile_is_lost(
    officer, enter, settings, clock, world, runtime, tmp_path
):
    gone = settings.model_copy(update={"embedding": "on", "embedding_model": str(tmp_path / "gone")})
    without = build_runtime(gone, web=True, clock=clock)
    assert isinstance(without.embedder, SentenceTransformerEmbedder)
    try:
        client = new_app(without).test_client()
        client.set_cookie("ipcu", officer.client.get_cookie("ipcu").value)
        visitor = Visitor(client, officer.id, officer.email, officer.viewer)
        page = visitor.see("/search?q=phone")
        assert page.titles == ["Handling a seized phone"]
        (notice,) = page.texts(".notice-degraded")
        assert "Searching by meaning is out of order just now" in notice
        assert visitor.post("/requests", question="Where are the batteries?").status == 303
        world.record(officer.viewer, title="Saved without the model")
        assert "Run `ipcu index rebuild`" in without.indexer.run_pending().drained.stopped
        remedies = {one.part: one.remedy for one in check_health(without) if not one.is_well}
        assert "IPCU_EMBEDDING_MODEL" in remedies["model"]
        with pytest.raises(Unavailable, match="neither a directory nor downloaded"):
            without.indexer.rebuild()
    finally:
        without.close()
    # The model is back: what was saved is found, and the index is the one that there was.
    runtime.indexer.run_pending()
    assert officer.see("/search?q=model").titles == ["Saved without the model"]
    assert runtime.indexer.verify().is_clean


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400), timedelta(hours=-1), timedelta(hours=1)])
def test_after_a_jump_of_the_clock_everything_is_indexed_at_once(officer, runtime, clock: FixedClock, world, jump):
    def save(title: str) -> None:
        world.record(officer.viewer, title=title)

    save("Saved before the jump")
    with world.work() as work:
        # Somebody was in the middle of it when the clock jumped.
        assert runtime.indexer.status().waiting == 1
        work.session.connection().exec_driver_sql(
            "UPDATE dirty_mark SET claimed_until = ?", ((clock.now() + timedelta(seconds=30)).isoformat(" "),)
        )
    clock.advance(jump)
    save("Saved after the jump")
    runtime.indexer.run_pending()
    assert sorted(_titles(runtime, officer)) == ["Saved after the jump", "Saved before the jump"]
    clock.advance(-jump)
    save("Saved when it was set right")
    runtime.indexer.run_pending()
    assert "Saved when it was set right" in _titles(runtime, officer)
    # What is overdue depends on the day; nothing else differs, and that comes right too.
    runtime.indexer.verify()
    runtime.indexer.run_pending()
    assert runtime.indexer.verify().is_clean
    with runtime.reading() as session:
        assert audit.verify(session).is_intact


def _unwell(runtime) -> set[str]:
    """Parts that ail, but for permissions: what a test writes has those of whoever runs it."""
    return {one.part for one in check_health(runtime) if not one.is_well} - {"privacy"}


def _titles(runtime, visitor: Visitor) -> list[str]:
    with runtime.reading() as session:
        found = runtime.search.search(session, visitor.viewer, SearchRequest("saved", page=Page(1, 50)))
        return [hit.card.title for hit in found.hits if hit.card.title.startswith("Saved")]


def test_a_clock_that_was_ahead_keeps_nobody_out(client, make_user, clock, app, sign_in):
    user = make_user("amina")
    clock.advance(timedelta(days=1))
    for _ in range(FAILURES_PER_ACCOUNT):
        answer = client.post(
            "/sign-in", data={"csrf_token": _token(client), "email": user.email, "password": "wrong and wrong"}
        )
        assert answer.status_code == 422
    clock.advance(timedelta(days=-1) - WINDOW)
    sign_in(client, user, PASSWORD)


def _token(client) -> str:
    return csrf_of(client, "/sign-in")
