"""Every command that needs no model and no server: its good path, its bad ones, its status."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from io import BytesIO

import pytest
from sqlmodel import select

from core.attachments.models import UnusedFile
from core.audit import AuditEvent
from core.files import DirectoryStore
from core.people import Role, User, UserRole
from library.drafts import WithdrawDraft
from library.service import withdraw_record
from tests.functional.processes import ROOT
from webapp.migrations import Schema, schema

NEEDING = [
    ("index", "status"),
    ("index", "drain"),
    ("index", "rebuild"),
    ("index", "verify"),
    ("index", "promote", "g000001-abcdef"),
    ("user", "add", "new@exchange.example", "--name", "New", "--organisation", "cid"),
    ("user", "disable", "amina@exchange.example"),
    ("user", "reset", "amina@exchange.example"),
    ("audit", "verify"),
    ("search", "phone", "--as", "amina@exchange.example"),
    ("demo", "load"),
    ("library", "import", "."),
    ("worker", "--once"),
    ("serve", "--port", "1"),
]


@pytest.mark.parametrize("command", NEEDING, ids=" ".join)
def test_without_a_database_each_says_what_to_do(empty, ipcu, command):
    complaint = ipcu(*command).complaint
    assert "ipcu database upgrade" in complaint or "cannot listen" in complaint
    assert not (empty / "ipcu.sqlite3").exists()


@pytest.mark.parametrize("command", NEEDING[:1] + NEEDING[8:10], ids=" ".join)
def test_a_file_that_is_no_database_is_one_line(data, ipcu, command):
    (data / "ipcu.sqlite3").write_bytes(b"this is a shopping list, and a long one at that" * 200)
    assert ipcu(*command).complaint == "The database does not work: file is not a database."


def test_a_database_of_an_older_version_is_one_line(data, world, ipcu):
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    assert "There is no database yet" in ipcu("index", "status").complaint


def test_a_data_directory_that_cannot_be_made_is_one_line(data, ipcu, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    for command in (("database", "upgrade"), ("doctor",)):
        monkeypatch.setenv("IPCU_DATA_DIR", str(tmp_path / "file"))
        assert ipcu(*command).complaint.endswith("cannot be used: File exists. IPCU_DATA_DIR says where it is.")
        monkeypatch.setenv("IPCU_DATA_DIR", str(tmp_path / "file" / "below"))
        assert ipcu(*command).complaint.endswith("cannot be used: Not a directory. IPCU_DATA_DIR says where it is.")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "many", "IPCU_PORT: Input should be a valid integer, unable to parse string as an integer"),
        ("SECRET_KEY", "short", "IPCU_SECRET_KEY needs at least 32 characters"),
        ("DATABASE_URL", "nonsense", "IPCU_DATABASE_URL is no address that SQLAlchemy understands"),
        (
            "DATABASE_URL",
            "frob://x/y",
            "IPCU_DATABASE_URL: frob is not a database this program runs on: postgresql or sqlite",
        ),
    ],
)
def test_a_wrong_setting_is_named(data, ipcu, monkeypatch, name, value, message):
    monkeypatch.setenv(f"IPCU_{name}", value)
    assert ipcu("index", "status").complaint == message


@pytest.mark.parametrize(
    "command",
    [
        ("frobnicate",),
        ("index", "frobnicate"),
        ("index", "promote"),
        ("search", "phone"),
        ("search", "--as", "amina@exchange.example"),
        ("search", "phone", "--as", "amina@exchange.example", "--page", "0"),
        ("search", "phone", "--as", "amina@exchange.example", "--sort", "beauty"),
        ("user", "add", "new@exchange.example", "--name", "New"),
        ("user", "add", "new@exchange.example", "--name", "New", "--organisation", "cid", "--role", "king"),
        ("user", "reset"),
        ("serve", "--port", "70000"),
        ("serve", "--workers", "0"),
        ("library", "import"),
    ],
    ids=" ".join,
)
def test_wrong_usage_has_its_own_status(data, ipcu, command):
    done = ipcu(*command)
    assert done.status == 2
    assert "Error: " in done.err
    assert "Traceback" not in done.err


def test_help_and_version(ipcu):
    assert "Commands:" in ipcu("--help").well().out
    assert ipcu("--version").well().out.startswith("ipcu, version ")


def test_a_command_that_is_stopped_says_so(data, ipcu, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("indexer.service.Indexer.status", stop)
    done = ipcu("index", "status")
    assert (done.status, done.err.strip()) == (130, "ipcu: stopped")


# --- database ---------------------------------------------------------------------------------------------------------


def test_the_database_is_made_and_made_again(empty, ipcu):
    for _ in range(2):
        assert ipcu("database", "upgrade").well().err == "The database is up to date.\n"
    assert schema(f"sqlite:///{empty / 'ipcu.sqlite3'}") is Schema.CURRENT


# --- user -------------------------------------------------------------------------------------------------------------


def user(world, email: str) -> User:
    with world.database.reading() as session:
        return session.exec(select(User).where(User.email == email)).one()


def test_a_person_is_added_once_and_gets_a_password(world, ipcu):
    add = ("user", "add", " New@Exchange.example", "--name", "New Person", "--organisation", "cid")
    roles = ("--role", "librarian", "--role", "librarian", "--role", "moderator")
    email, password = ipcu(*add, *roles).well().out.split()
    assert email == "new@exchange.example"
    assert len(password) >= 12
    assert user(world, email).name == "New Person"
    assert ipcu(*add).complaint == "new@exchange.example already has an account."


@pytest.mark.parametrize(
    ("email", "name", "organisation", "message"),
    [
        ("nobody", "New", "cid", "email: This is not an e-mail address."),
        ("new@exchange.example", " ", "cid", "name: String should have at least 1 character"),
        ("new@exchange.example", "New", "atlantis", "There is no organisation atlantis."),
    ],
)
def test_a_person_who_cannot_be_added(world, ipcu, email, name, organisation, message):
    assert ipcu("user", "add", email, "--name", name, "--organisation", organisation).complaint == message


def test_an_account_is_closed_reset_and_opened_again(world, ipcu):
    assert ipcu("user", "disable", "Amina@exchange.example").well().out == "Amina@exchange.example is disabled.\n"
    assert not user(world, "amina@exchange.example").is_active
    assert "Nobody active" in ipcu("search", "phone", "--as", "amina@exchange.example").complaint
    reset = ipcu("user", "reset", "amina@exchange.example").well()
    assert reset.out.startswith("amina@exchange.example  ")
    assert "`ipcu user enable amina@exchange.example`" in reset.err
    assert not user(world, "amina@exchange.example").is_active
    assert user(world, "amina@exchange.example").must_change_password
    assert ipcu("user", "enable", "amina@exchange.example").well().out == "amina@exchange.example is enabled.\n"
    assert user(world, "amina@exchange.example").is_active
    assert ipcu("user", "reset", "amina@exchange.example").well().err == ""


@pytest.mark.parametrize("verb", ["disable", "enable", "reset"])
def test_nobody_has_that_address(world, ipcu, verb):
    assert ipcu("user", verb, "nobody@x.example").complaint == "Nobody has the address nobody@x.example."


def test_accounts_are_managed_in_an_administrators_name(world, ipcu):
    karim, amina = user(world, "karim@exchange.example"), user(world, "amina@exchange.example")
    assert ipcu("user", "disable", amina.email, "--as", karim.email).complaint == "You may not do this."
    with world.work() as work:
        work.session.add(UserRole(user_id=karim.id, role=Role.ADMINISTRATOR.value))
    ipcu("user", "disable", amina.email, "--as", karim.email).well()
    ipcu("user", "enable", amina.email).well()
    with world.database.reading() as session:
        events = session.exec(select(AuditEvent).order_by("number")).all()
    assert [(event.action, event.actor_id) for event in events] == [("user.disabled", karim.id), ("user.enabled", None)]


def test_what_commands_make_is_for_the_owner_alone(world, data, ipcu):
    (data / "files").mkdir(mode=0o755)
    (data / "files" / "old").touch(mode=0o644)
    data.chmod(0o755)
    viewer = world.viewer(user(world, "karim@exchange.example").id)
    world.record(viewer)
    ipcu("index", "drain").well()
    open_to_others = [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077]
    assert not open_to_others
    assert len(list((data / "index").rglob("*"))) > 3


def test_doctor_says_who_else_may_read(world, data, ipcu):
    ipcu("index", "drain").well()
    (data / "secret_key").touch()
    (data / "secret_key").chmod(0o640)
    said = ipcu("doctor")
    assert said.status == 1
    lines = [line.split() for line in said.out.splitlines()]
    where = next(number for number, line in enumerate(lines) if line[:2] == ["FAIL", "privacy"])
    assert str(data / "secret_key") in lines[where]
    assert f"chmod -R go= {data}" in said.out.splitlines()[where + 1]
    (data / "secret_key").chmod(0o600)
    ipcu("doctor").well()


# --- audit ------------------------------------------------------------------------------------------------------------


def test_the_audit_chain_is_proved_and_its_break_is_a_failure(world, ipcu):
    ipcu("user", "disable", "amina@exchange.example").well()
    said = ipcu("audit", "verify").well().out
    assert said.startswith("The audit chain is intact: 1 events, end 1:")
    end = said.split()[-1]
    assert ipcu("audit", "verify", "--seen", end).well().out == said
    other = ipcu("audit", "verify", "--seen", end[:-1] + ("0" if end[-1] != "0" else "1"))
    assert other.status == 1
    assert "events were replaced or cut off" in other.err
    with world.work() as work:
        event = work.session.exec(select(AuditEvent)).one()
        event.action = "user.praised"
        work.session.add(event)
    broken = ipcu("audit", "verify")
    assert broken.status == 1
    assert "event 1 was changed after it was written" in broken.err


# --- index ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def phone(world, data) -> int:
    """A published record that waits to be indexed."""
    return world.record(world.viewer(user(world, "amina@exchange.example").id))


def test_the_index_is_filled_proved_rebuilt_and_rolled_back(world, ipcu, phone):
    assert "waiting                1" in ipcu("index", "status").well().out
    assert ipcu("index", "drain").well().out == "1 changes: embedded 1; 0 files read\n"
    assert ipcu("index", "drain").well().out == "0 changes; 0 files read\n"
    assert "no difference" in ipcu("index", "verify").well().out
    first = ipcu("index", "status").well().out.split("generation ")[1].split()[0]
    assert "1 documents written" in ipcu("index", "rebuild").well().out
    assert f"generation {first} kept" in ipcu("index", "status").well().out
    assert ipcu("index", "promote", first).well().out.startswith(f"Readers now use {first}.")
    assert "not promoted" in ipcu("index", "rebuild", "--no-promote").well().out
    assert f"generation {first} current" in ipcu("index", "status").well().out


def test_a_difference_is_a_failure_and_is_mended(world, ipcu, phone):
    ipcu("index", "drain").well()
    with world.work() as work:
        work.session.connection().exec_driver_sql("UPDATE record SET title = 'Changed past the program'")
    found = ipcu("index", "verify")
    assert found.status == 1
    assert "1 different" in found.out
    assert "metadata" in (mended := ipcu("index", "drain").well().out) or "embedded" in mended
    ipcu("index", "verify").well()


def test_without_an_index_verification_says_what_to_do(world, ipcu):
    assert ipcu("index", "verify").complaint == "There is no index yet. Run `ipcu index rebuild`."


@pytest.mark.parametrize("name", ["g000009-abcdef", "../..", ""])
def test_an_unknown_generation(world, ipcu, phone, name):
    ipcu("index", "drain").well()
    assert ipcu("index", "promote", name).complaint == f"There is no index generation {name}."


def test_an_index_that_is_lost_is_made_again(world, data, ipcu, phone):
    ipcu("index", "drain").well()
    (data / "index" / "CURRENT").write_text("nonsense")
    assert "Run `ipcu index rebuild`" in ipcu("search", "phone", "--as", "amina@exchange.example").complaint
    assert "FAIL  index" in ipcu("doctor").out
    ipcu("index", "rebuild").well()
    shutil.rmtree(data / "index")
    ipcu("index", "rebuild").well()
    assert "1 results" in ipcu("search", "phone", "--as", "amina@exchange.example").well().err


# --- search -----------------------------------------------------------------------------------------------------------


def test_searching_as_a_person(world, ipcu, phone):
    ipcu("index", "drain").well()
    done = ipcu("search", "isolated", "phone", "--as", "AMINA@exchange.example").well()
    assert done.out.startswith("  1. Handling a seized phone\n     ")
    assert "TLP:GREEN" in done.out
    assert "note: Searching by meaning is switched off here" in done.err
    assert "1 results, lexical" in done.err
    assert "Nothing reliable found." in ipcu("search", "zebra", "--as", "amina@exchange.example").well().out
    # A withdrawn record is gone at once, before the index knows.
    with world.work() as work:
        withdraw_record(work, world.viewer_in(work.session, 1), phone, WithdrawDraft(reason="Out of date."))
    assert "Nothing reliable found." in ipcu("search", "phone", "--as", "amina@exchange.example").well().out


def test_whoever_is_not_known_cannot_search(world, ipcu):
    complaint = ipcu("search", "phone", "--as", "nobody@x.example").complaint
    assert complaint == "Nobody active has the address nobody@x.example."


# --- doctor -----------------------------------------------------------------------------------------------------------


def test_a_healthy_house(world, ipcu, phone):
    ipcu("index", "drain").well()
    said = ipcu("doctor").well().out
    assert "FAIL" not in said
    assert [line.split()[1] for line in said.splitlines()] == [
        "database",
        "disk",
        "privacy",
        "index",
        "outbox",
        "model",
        "audit",
    ]


def test_without_a_database_the_doctor_says_one_thing(empty, ipcu):
    sick = ipcu("doctor")
    assert sick.status == 1
    assert sick.out.split() == [
        "FAIL",
        "database",
        "is",
        "not",
        "there",
        "yet",
        "->",
        "Run",
        "`ipcu",
        "database",
        "upgrade`.",
    ]
    assert not (empty / "ipcu.sqlite3").exists()


def test_the_doctor_sees_a_model_that_is_not_there_and_an_index_of_another(world, ipcu, phone, monkeypatch):
    ipcu("index", "drain").well()
    monkeypatch.setenv("IPCU_EMBEDDING", "on")
    sick = ipcu("doctor")
    assert sick.status == 1
    assert "FAIL  index        was made with another model or version" in sick.out
    assert "ok    model        idle" in sick.out
    monkeypatch.setenv("IPCU_EMBEDDING_MODEL", "/nowhere/model")
    assert "FAIL  model        failed: there is no model '/nowhere/model'" in ipcu("doctor").out


# --- demo -------------------------------------------------------------------------------------------------------------


def test_without_the_demo_extra_it_is_said_what_to_install(data, ipcu, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("webapp.demo.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "reportlab.lib", None)
    monkeypatch.setitem(sys.modules, "reportlab", None)
    assert "reportlab, which is not installed" in ipcu("demo", "load").complaint


def test_the_demo_is_loaded_once(data, ipcu):
    assert "12 organisations, " in ipcu("demo", "load").well().err
    status = ipcu("index", "status").well().out
    assert "waiting                0" in status
    assert "texts to read          0" in status
    assert "not empty" in ipcu("demo", "load").complaint
    quiet = ipcu("demo", "load", "--if-empty").well()
    assert (quiet.out, quiet.err) == ("", "")
    assert "no difference (0 waiting" in ipcu("index", "verify").well().out
    # What `make run` does after an upgrade that reads other files.
    for recipe in data.glob("index/generations/*/recipe.json"):
        recipe.write_text(recipe.read_text().replace('"format": ', '"format": 9'))
    assert ipcu("search", "phones", "--as", "adeel.toramani@exchange.example").status != 0
    assert "Making it anew" in ipcu("demo", "load", "--if-empty").well().err
    assert "no difference (0 waiting" in ipcu("index", "verify").well().out


# --- what is not loaded -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("doctor",), ("index", "status"), ("index", "verify"), ("audit", "verify")])
def test_commands_that_need_no_model_do_not_import_it(world, data, ipcu, phone, command, monkeypatch):
    ipcu("worker", "--once").well()
    probe = (
        "import sys, webapp.cli.program\n"
        "try: webapp.cli.program.main()\n"
        "except SystemExit: print(sorted({'torch', 'sentence_transformers', 'transformers'} & sys.modules.keys()))"
    )
    environment = {**os.environ, "IPCU_EMBEDDING": "on"}
    done = subprocess.run(
        [sys.executable, "-c", probe, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_bytes_nobody_uses_are_purged_when_they_are_old_enough(world, data, ipcu):
    store = DirectoryStore(data / "files")
    unused = store.put(BytesIO(b"nobody uses this"), limit=100)
    os.utime(store.path(unused.sha256), (0, 0))
    assert "0 files removed, 0.0 MB freed; 1 more are unused and wait." in ipcu("files", "purge").well().out
    with world.work() as work:
        work.session.get(UnusedFile, unused.sha256).since -= timedelta(hours=2)
    assert ipcu("files", "purge").well().out.startswith("0 files removed")
    assert ipcu("files", "purge", "--hours", "1").well().out.startswith("1 files removed")
    assert not store.has(unused.sha256)
