"""Models and migrations say the same, on both databases; a migration stands on its own."""

import ast
import os

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Table, inspect, text
from sqlmodel import SQLModel

from core.db import Database
from tests.architecture.imports import imported
from tests.architecture.source import PACKAGES, Module, listing, read
from webapp import migrations
from webapp.parts import TABLES

VERSIONS = "webapp/migrations/versions"


def differences(url, metadata=SQLModel.metadata):
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True}
            return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    finally:
        database.close()


@pytest.fixture
def sqlite(tmp_path):
    return f"sqlite:///{tmp_path / 'empty.sqlite3'}"


def test_sqlite_at_head_is_what_the_models_say(sqlite):
    migrations.upgrade(sqlite)
    found = differences(sqlite)
    assert not found, f'{len(TABLES)} modules of tables and the migrations differ: make migration NAME="..."\n{found}'


@pytest.mark.postgres
def test_postgres_at_head_is_what_the_models_say():
    url = os.environ["IPCU_TEST_POSTGRES_URL"]
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    migrations.upgrade(url)
    assert not differences(url)
    migrations.downgrade(url, "base")
    assert migrations.current(url) is None


def test_a_table_without_migration_is_seen(sqlite):
    migrations.upgrade(sqlite)
    metadata = MetaData(naming_convention=SQLModel.metadata.naming_convention)
    Table("forgotten", metadata)
    assert ("add_table", "forgotten") in [(step[0], step[1].name) for step in differences(sqlite, metadata)]


def test_the_way_back_is_complete(sqlite):
    migrations.upgrade(sqlite)
    migrations.downgrade(sqlite, "base")
    database = Database(sqlite)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.close()


def test_a_database_knows_its_revision(sqlite, tmp_path):
    assert migrations.current(sqlite) is None
    assert not list(tmp_path.iterdir())
    migrations.upgrade(sqlite)
    assert migrations.current(sqlite) == migrations.head()
    assert migrations.is_current(sqlite)


def test_a_failed_upgrade_leaves_nothing(sqlite):
    database = Database(sqlite)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE organisation (id INTEGER)"))
    with pytest.raises(Exception, match="organisation"):
        migrations.upgrade(sqlite)
    assert inspect(database.engine).get_table_names() == ["organisation"]
    database.close()


def test_migrations_import_no_model():
    found = [offence for module in read(VERSIONS) for offence in ours(module)]
    assert not found, listing(found, "A migration must not change when the models do: write the tables out.")


def test_an_imported_model_is_seen():
    assert ours(Module(f"{VERSIONS}/0009_bad.py", "from core.people import User"))


def ours(module):
    return [module.at(node, name) for node, name in imported(module.tree) if name.split(".")[0] in PACKAGES]


def test_revisions_are_numbered_in_order():
    names = sorted(
        module.path.rpartition("/")[2] for module in read(VERSIONS) if not module.path.endswith("__init__.py")
    )
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    for module in read(VERSIONS):
        assert ast.get_docstring(module.tree), f"{module.path} does not say what it does."
