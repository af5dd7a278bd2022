"""`ipcu database copy`: a whole instance moves to the other database, all of it or nothing."""

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import SQLModel

from core.audit import AuditEvent, verify
from core.clock import SystemClock
from core.db import Database
from core.errors import Conflict
from core.people import Organisation, Role
from tests.databases import create_postgres, drop_postgres
from tests.factories import World
from tests.functional.processes import ipcu
from webapp import migrations
from webapp.migrations.copy import copy_database

pytestmark = pytest.mark.postgres


@pytest.fixture
def target():
    url = create_postgres()
    yield url
    drop_postgres(url)


@pytest.fixture
def source(databases, tmp_path):
    """A small instance on SQLite, with an organisation whose parent comes after it."""
    url = databases.new("sqlite", tmp_path)
    database = Database(url)
    world = World(database, SystemClock())
    first = world.organisation("cid")
    world.person("amina", first, Role.LIBRARIAN)
    parent = world.organisation("police")
    author = world.viewer(1)
    for number in range(3):
        world.record(author, title=f"Record {number}", publish=False)
    with world.work(author) as work:
        work.session.execute(update(Organisation).where(Organisation.id == first).values(parent_id=parent))
        work.audit("organisation.moved", key="cid")
    yield url
    database.close()


def content(url):
    """Every row of every table."""
    database = Database(url)
    with database.reading() as session:
        rows = {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
            for table in SQLModel.metadata.sorted_tables
        }
    database.close()
    return rows


def copy(source, target):
    return copy_database(source, target, SystemClock(), lambda *_: None)


def test_everything_arrives_and_life_goes_on(source, target):
    report = copy(source, target)
    assert content(target) == content(source)
    assert report.rows["record"] == 3
    database = Database(target)
    with database.reading() as session:
        assert verify(session).events == report.events > 0
    world = World(database, SystemClock())
    assert world.record(world.viewer(1), title="The next one", publish=False) == 4
    database.close()


def test_the_way_back_works_too(source, target, tmp_path):
    copy(source, target)
    back = f"sqlite:///{tmp_path / 'back.sqlite3'}"
    copy(target, back)
    assert content(back) == content(source)


def test_a_target_with_rows_is_refused_and_kept(source, target):
    copy(source, target)
    before = content(target)
    with pytest.raises(Conflict, match="not empty"):
        copy(source, target)
    assert content(target) == before


def test_a_broken_chain_is_not_moved(source, target):
    database = Database(source)
    with World(database).work() as work:
        work.session.execute(update(AuditEvent).values(address="192.0.2.1"))
    database.close()
    with pytest.raises(Conflict, match="audit chain"):
        copy(source, target)
    assert not any(content(target).values())


def test_a_copy_that_fails_midway_leaves_no_row(source, target):
    migrations.upgrade(target)
    database = Database(target)
    with World(database).work() as work:
        work.session.execute(text("ALTER TABLE record ADD CONSTRAINT no_third CHECK (id <> 3)"))
    with pytest.raises(Exception, match="no_third"):
        copy(source, target)
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(Organisation)).scalar_one() == 0
    database.close()


def test_nul_characters_are_left_out_and_counted(source, target):
    database = Database(source)
    with World(database).work() as work:
        work.session.execute(update(Organisation).where(Organisation.key == "cid").values(name="C\0ID"))
    database.close()
    assert copy(source, target).cleaned == 1


def test_the_command_says_what_comes_next(source, target, tmp_path):
    done = ipcu(tmp_path, "database", "copy", "--to", target)
    assert done.returncode == 0, done.stderr
    assert "IPCU_DATABASE_URL" in done.stderr
    refused = ipcu(tmp_path, "database", "copy", "--to", target)
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    assert "mysql" in ipcu(tmp_path, "database", "copy", "--to", "mysql://a/b").stderr
