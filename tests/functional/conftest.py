"""The real app over a real database: no mocks. The schema is made once and its file copied for each test."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from pydantic import SecretStr
from sqlmodel import SQLModel

from core import accounts
from core.accounts import passwords
from core.clock import FixedClock
from core.db import Database
from core.people import Role, User, get_user
from core.settings import Settings
from search.embedding import HashEmbedder
from tests.factories import NOW, World
from tests.functional.pages import Visitor
from webapp.app import create_app
from webapp.composition import build_runtime
from webapp.parts import TABLES as TABLES  # every table is known once these are imported
from webapp.runtime import Runtime

PASSWORD = "correct horse battery"
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
MakeUser = Callable[..., User]
SignIn = Callable[..., FlaskClient]
Enter = Callable[..., Visitor]


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no rows."""
    path = tmp_path_factory.mktemp("template") / "blank.sqlite3"
    database = Database(f"sqlite:///{path}")
    SQLModel.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    passwords._decoy.cache_clear()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def settings(tmp_path: Path, blank_database: Path) -> Settings:
    shutil.copy(blank_database, tmp_path / "ipcu.sqlite3")
    return Settings(data_dir=tmp_path, secret_key=SecretStr("a signing key of a test, long enough"), embedding="off")


@pytest.fixture
def runtime(settings: Settings, clock: FixedClock) -> Iterator[Runtime]:
    runtime = build_runtime(settings, web=False, clock=clock, embedder=HashEmbedder())
    yield runtime
    runtime.close()


@pytest.fixture
def world(runtime: Runtime, clock: FixedClock) -> World:
    return World(runtime.database, clock)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return new_app(runtime)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def make_user(world: World) -> MakeUser:
    """A person with a password, in an organisation made when first named."""
    organisations: dict[str, int] = {}

    def make(name: str = "amina", *roles: Role, organisation: str = "cid", password: str = PASSWORD) -> User:
        if organisation not in organisations:
            organisations[organisation] = world.organisation(organisation)
        hashed = accounts.hash_password(password)
        number = world.person(name, organisations[organisation], *(roles or (Role.OFFICER,)), password_hash=hashed)
        with world.database.reading() as session:
            return get_user(session, number)

    return make


@pytest.fixture
def sign_in() -> SignIn:
    """Sign a person in through the form; his client comes back."""

    def enter(client: FlaskClient, user: User, password: str = PASSWORD) -> FlaskClient:
        answer = post(client, "/sign-in", page="/sign-in", email=user.email, password=password)
        assert answer.status_code == 303, answer.text
        return client

    return enter


class Compiled(BytecodeCache):
    """Templates that an app of an earlier test compiled: a quarter of the time of all pages otherwise."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if known := self._code.get(bucket.key):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


def new_app(runtime: Runtime) -> Flask:
    app = create_app(runtime)
    app.testing = True
    app.jinja_env.bytecode_cache = COMPILED
    return app


def csrf_of(client: FlaskClient, page: str = "/account/") -> str:
    """The token a page gives to its forms."""
    found = TOKEN.search(client.get(page).text)
    assert found, f"{page} has no token"
    return found[1]


def post(client: FlaskClient, url: str, *, page: str = "/account/", **fields: str):
    """Send a form as the browser would: with the token of the page it stands on."""
    return client.post(url, data={"csrf_token": csrf_of(client, page), **fields})


@pytest.fixture
def enter(app: Flask, make_user: MakeUser, sign_in: SignIn, world: World) -> Enter:
    """A person comes in: made, signed in, with a browser of his own."""

    def come(name: str, *roles: Role, organisation: str = "home") -> Visitor:
        user = make_user(name, *roles, organisation=organisation)
        assert user.id is not None
        return Visitor(sign_in(app.test_client(), user), user.id, user.email, world.viewer(user.id))

    return come


@pytest.fixture
def index(runtime: Runtime) -> Callable[[], None]:
    """Bring the search index up to date, as the worker does, and let searches see it."""

    def bring_up_to_date() -> None:
        runtime.indexer.run_all()
        runtime.reference.forget()

    return bring_up_to_date
