"""Administration: the health of every part, what was given up on, files without text, the synonym table."""

import pytest
from sqlmodel import select

from core.access import Marking
from core.attachments import Attachment
from core.audit import AuditEvent
from core.content import ContentRef
from core.files import FileText, use_file
from core.outbox import MAX_ATTEMPTS, DirtyMark
from core.people import Role
from tests.functional.pages import Visitor, path_of
from webapp.migrations import head


@pytest.fixture(autouse=True)
def _schema_is_of_today(runtime) -> None:
    """The tables of these tests are made without migrations; the health page asks what version they are."""
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (head(),))


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def administrator(enter) -> Visitor:
    return enter("bilal", Role.ADMINISTRATOR)


@pytest.fixture
def librarian(enter) -> Visitor:
    return enter("chandni", Role.LIBRARIAN)


def rows_of(page) -> dict[str, str]:
    """Name and value of the facts about the index."""
    facts = page.one(".facts-wide")
    return dict(zip(facts.texts("dt"), facts.texts("dd"), strict=True))


def health_of(page, part: str) -> tuple[bool, str]:
    """Is the part well, and what is said of it."""
    (row,) = [row for row in page.one("table.health").all("tr") if row.texts("th")[0] == part]
    return "is-unwell" not in (row.get("class") or ""), row.text


def parked(world, record_id: int) -> None:
    with world.work() as work:
        work.mark_dirty(ContentRef("record", record_id), "edit")
    with world.work() as work:
        mark = work.session.exec(select(DirtyMark)).one()
        mark.parked, mark.attempts, mark.error = True, MAX_ATTEMPTS, "the <b>disk</b> was full"


ADMIN = ["/admin/", "/admin/synonyms"]


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.LIBRARIAN)])
def test_administration_is_for_administrators_and_librarians(enter, role):
    visitor = enter("dawud", role)
    for url in ADMIN:
        assert visitor.get(url).status == 403
    for url in ("/admin/retry", "/admin/verify", "/admin/synonyms", "/admin/synonyms/1/remove"):
        assert visitor.post(url, terms="a, b").status == 403
    assert "/admin/" not in [link["href"] for link in visitor.see("/").one(".nav-main").all("a")]


def test_the_page_says_how_every_part_is(administrator, officer, world, index):
    world.record(officer.viewer)
    waiting = rows_of(administrator.see("/admin/"))
    assert (waiting["documents"], waiting["waiting"]) == ("0", "1")
    index()
    page = administrator.see("/admin/")
    assert (rows_of(page)["documents"], rows_of(page)["waiting"]) == ("1", "0")
    assert rows_of(page)["given up"] == "0"
    for part in ("database", "disk", "index", "outbox", "model", "audit"):
        well, said = health_of(page, part)
        assert well, said


def test_a_chain_of_events_that_was_tampered_with_is_seen(administrator, world):
    with world.work() as work:
        work.session.exec(select(AuditEvent)).first().action = "user.nothing_happened"
    well, said = health_of(administrator.see("/admin/"), "audit")
    assert not well
    assert "Compare with a backup" in said


def test_what_was_given_up_on_is_listed_and_tried_again(administrator, officer, world, index):
    record_id = world.record(officer.viewer, title="Quillback handling")
    index()
    parked(world, record_id)
    page = administrator.see("/admin/")
    (row,) = [row for row in page.all("tr") if "record:1" in row.text]
    assert row.texts("td") == ["edit", "8", "the <b>disk</b> was full"]
    assert "Quillback" not in page.text
    assert not health_of(page, "outbox")[0]
    assert path_of(administrator.post("/admin/retry")) == "/admin/"
    page = administrator.see("/admin/")
    assert "1 changes will be tried again." in page.text
    assert rows_of(page)["waiting"] == "1"
    index()
    assert rows_of(administrator.see("/admin/"))["waiting"] == "0"
    assert not administrator.see("/admin/").all("form[action=/admin/retry]")


def test_comparing_finds_what_the_index_lacks_and_marks_it(administrator, officer, world, index, runtime):
    record_id = world.record(officer.viewer)
    index()
    administrator.post("/admin/verify")
    assert len(administrator.see("/admin/").all(".notice-success")) == 1
    with world.work() as work:
        row = world.get(record_id)
        row.revision += 1
        row.title = "Changed past the program"
        work.session.merge(row)
    assert path_of(administrator.post("/admin/verify")) == "/admin/"
    page = administrator.see("/admin/")
    assert len(page.all(".notice-warning")) == 1
    assert rows_of(page)["waiting"] == "1"
    index()
    assert officer.see("/search?q=changed").titles == ["Changed past the program"]


def attachment(world, viewer, record_id: int, name: str, status: str, reason: str) -> None:
    with world.work(viewer) as work:
        digest = f"{name:0>64}"
        work.session.add(
            Attachment(
                kind="record",
                object_id=record_id,
                filename=name,
                sha256=digest,
                size=1,
                media_type="application/pdf",
                added_by=viewer.user_id,
                added_at=work.now,
            )
        )
        use_file(work.session, ContentRef("record", record_id), digest, "application/pdf", work.now)
        text = work.session.get(FileText, digest)
        text.status, text.reason = status, reason


def test_files_without_text_are_listed_with_the_reason_for_those_who_may_see_them(administrator, officer, world):
    open_to_all = world.record(officer.viewer)
    secret = world.record(officer.viewer, marking=Marking.RED)
    attachment(world, officer.viewer, open_to_all, "scan.pdf", "no_text", "only pictures")
    attachment(world, officer.viewer, open_to_all, "fine.pdf", "ok", "")
    attachment(world, officer.viewer, open_to_all, "new.pdf", "pending", "")
    attachment(world, officer.viewer, secret, "red.pdf", "encrypted", "needs a password")
    page = administrator.see("/admin/")
    (row,) = [row for row in page.all("tr") if "scan.pdf" in row.text]
    assert row.texts("td") == ["no_text", "only pictures"]
    assert row.one("a")["href"] == f"/records/{open_to_all}#files"
    for name in ("fine.pdf", "new.pdf", "red.pdf"):
        assert name not in page.text


def test_an_administrator_is_not_offered_the_table_that_librarians_keep(administrator, librarian):
    assert librarian.see("/admin/").all("a[href=/admin/synonyms]")
    assert not administrator.see("/admin/").all("a[href=/admin/synonyms]")
    assert administrator.get("/admin/synonyms").status == 403


def test_a_set_of_synonyms_is_used_at_once_and_gone_when_taken_out(librarian, officer, world, index):
    world.record(officer.viewer, title="Memorandum of understanding", body="Sign it.", summary="")
    index()
    asked = "/search?q=mou"
    assert officer.see(asked).counted == 0
    assert path_of(librarian.post("/admin/synonyms", terms="MOU, memorandum of understanding")) == "/admin/synonyms"
    page = librarian.see("/admin/synonyms")
    assert "MOU = memorandum of understanding" in page.one(".synonym-list").text
    assert officer.see(asked).counted == 1
    (form,) = page.one(".synonym-list").all("form")
    assert librarian.post(form["action"]).status == 303
    assert officer.see(asked).counted == 0
    assert librarian.post(form["action"]).status == 404


@pytest.mark.parametrize(
    "terms", ["", "alone", "same, same", ",,,", ", ".join(f"t{n}" for n in range(13)), f"a, {'b' * 81}"]
)
def test_a_set_that_says_nothing_is_explained_and_kept(librarian, terms):
    page = librarian.post("/admin/synonyms", terms=terms)
    assert page.status == 422
    assert page.one("#terms")["value"] == terms
    assert page.one("#terms-error").text
    assert page.one("#terms")["aria-describedby"] == "terms-error"


def test_what_administrators_do_is_on_record(administrator, librarian, world):
    administrator.post("/admin/retry")
    librarian.post("/admin/synonyms", terms="a1, b1")
    with world.database.reading() as session:
        events = session.exec(select(AuditEvent)).all()
    done = [(event.action, event.actor_id) for event in events if not event.action.startswith("user.")]
    assert done == [("index.retried", administrator.id), ("synonyms.added", librarian.id)]


def test_a_role_that_was_taken_away_is_gone_with_the_next_page(librarian, world):
    assert librarian.see("/admin/")
    with world.work() as work:
        work.session.connection().exec_driver_sql("DELETE FROM user_role")
    assert librarian.get("/admin/").status == 403
