"""Bytes that nothing uses are removed after a grace time, and no others."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from core.access import Viewer
from core.attachments import Attachment, attach, charge_upload, detach, purge_unused
from core.audit import AuditEvent
from core.content import ContentRef
from core.errors import Invalid
from core.files import DirectoryStore, StoredFile, use_file
from core.people import Role
from tests.factories import NOW, World

GRACE = timedelta(days=7)


class AnyHost:
    """Everybody may do everything with the things that have files here."""

    kind = "thing"

    def require_readable(self, session, viewer, object_id) -> None:
        """Yes."""

    def require_editable(self, session, viewer, object_id) -> None:
        """Yes."""

    def changed(self, work, object_id) -> None:
        work.mark_dirty(ContentRef(self.kind, object_id), "attachment")


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "files")


@pytest.fixture
def viewer(world) -> Viewer:
    return world.viewer(world.person("amina", world.organisation("cid"), Role.OFFICER))


def put(store: DirectoryStore, content: bytes, *, days_ago: float = 30) -> StoredFile:
    """A file stored so many days before the world's present."""
    stored = store.put(io.BytesIO(content), limit=1000)
    then = (NOW - timedelta(days=days_ago)).timestamp()
    os.utime(store.path(stored.sha256), (then, then))
    return stored


def purge(world: World, store: DirectoryStore):
    return purge_unused(world.work, store, now=world.clock.now(), grace=GRACE)


def add(world: World, viewer: Viewer, stored: StoredFile, name: str = "a.txt") -> Attachment:
    with world.work(viewer) as work:
        return attach(work, viewer, AnyHost(), 1, filename=name, stored=stored, media_type="text/plain")


def test_what_nothing_uses_goes_when_its_time_is_over(world, store):
    refused = put(store, b"refused")
    assert purge(world, store).waiting == 1
    world.clock.advance(GRACE - timedelta(minutes=1))
    assert purge(world, store).removed == 0
    world.clock.advance(timedelta(minutes=1))
    report = purge(world, store)
    assert (report.removed, report.freed, report.waiting) == (1, len(b"refused"), 0)
    assert not store.has(refused.sha256)
    with world.database.reading() as session:
        assert [one.details for one in session.exec(select(AuditEvent).where(AuditEvent.action == "files.purged"))] == [
            {"files": 1, "bytes": 7}
        ]
    assert purge(world, store) == purge(world, store)


def test_what_is_attached_stays_with_its_versions(world, viewer, store):
    first, second = put(store, b"first"), put(store, b"second")
    add(world, viewer, first)
    add(world, viewer, second)
    used = put(store, b"used otherwise")
    with world.work() as work:
        use_file(work.session, ContentRef("thing", 2), used.sha256, "text/plain", work.now)
    for _ in range(3):
        assert purge(world, store).removed == 0
        world.clock.advance(GRACE)
    assert all(store.has(one.sha256) for one in (first, second, used))


def test_the_grace_time_begins_when_the_file_is_taken_off(world, viewer, store):
    """A database that is restored from last night's backup still finds its files."""
    stored = put(store, b"words", days_ago=300)
    attachment = add(world, viewer, stored)
    purge(world, store)
    with world.work(viewer) as work:
        detach(work, viewer, AnyHost(), attachment.id)
    assert purge(world, store).waiting == 1
    # Used again in between: the time begins anew.
    world.clock.advance(GRACE / 2)
    again = add(world, viewer, stored)
    assert purge(world, store).waiting == 0
    with world.work(viewer) as work:
        detach(work, viewer, AnyHost(), again.id)
    world.clock.advance(GRACE)
    assert purge(world, store).removed == 0
    world.clock.advance(GRACE)
    assert purge(world, store).removed == 1


def test_a_file_that_is_stored_again_in_time_stays(world, store):
    stored = put(store, b"words")
    purge(world, store)
    world.clock.advance(GRACE)
    put(store, b"words", days_ago=-7)
    assert purge(world, store).removed == 0
    assert store.has(stored.sha256)


def test_a_store_removes_only_what_was_not_stored_again(store):
    """Between looking and removing somebody may upload the same bytes."""
    stored = put(store, b"words", days_ago=0)
    assert store.remove(stored.sha256, NOW - GRACE) == 0
    assert store.path(stored.sha256).read_bytes() == b"words"
    assert store.remove(stored.sha256, NOW + GRACE) == len(b"words")
    assert store.remove(stored.sha256, NOW + GRACE) == 0
    assert not store.has(stored.sha256)


def test_what_is_staged_and_not_kept_is_gone(store, tmp_path):
    with store.stage(io.BytesIO(b"words"), limit=10) as staged:
        assert staged.path.read_bytes() == b"words"
        assert not store.has(staged.stored.sha256)
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]
    with store.stage(io.BytesIO(b"words"), limit=10) as staged:
        staged.keep()
    assert store.path(staged.stored.sha256).read_bytes() == b"words"


def test_a_day_has_a_quota(world, viewer):
    def charge(size: int) -> None:
        with world.work(viewer) as work:
            charge_upload(work, viewer, size, quota=10)

    charge(6)
    charge(4)
    with pytest.raises(Invalid, match="a day"):
        charge(1)
    world.clock.advance(timedelta(days=1))
    charge(10)
    with pytest.raises(Invalid):
        charge(1)
    with world.work(viewer) as work:
        charge_upload(work, viewer, 3_000_000_000, quota=0)
