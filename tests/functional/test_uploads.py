"""What may be uploaded, what is refused before it is stored, and versions of a file."""

import gc
import os
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlmodel import select

from core.access import Marking
from core.attachments import Attachment, Scanner
from tests.functional.pages import Visitor

# Werkzeug's test client spools a large body to a file and leaves it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

INFECTED = b"This stands for a virus: EICAR."


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def record(author, world) -> int:
    return world.record(author.viewer)


def kept(settings) -> list[Path]:
    return [one for one in settings.files_dir.rglob("*") if one.is_file()]


def attached(world) -> list[Attachment]:
    with world.database.reading() as session:
        return list(session.exec(select(Attachment).order_by(Attachment.id)))


def a_docx() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<w:document/>")
    return made.getvalue()


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tool.pdf", b"MZ\x90\x00" + b"\x00" * 200),
        ("dump.txt", bytes(range(256))),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ],
)
def test_a_type_that_is_not_accepted_is_never_stored(author, record, world, settings, name, content):
    answer = author.upload(record, name, content)
    assert answer.status == 422
    assert "not accepted" in answer.text
    assert not attached(world)
    assert not kept(settings)


def test_an_office_file_is_known_by_its_parts(author, record, world):
    assert author.upload(record, "report.bin", a_docx()).status == 303
    assert attached(world)[0].media_type.endswith("wordprocessingml.document")


def test_the_form_says_what_is_accepted_before_anybody_chooses(author, record, settings):
    files = author.see(f"/records/{record}").one("#files")
    field = files.one("input[type=file]")
    words = files.one(f"#{field['aria-describedby']}").text
    for said in (
        "PDF",
        "Word (docx)",
        "plain text",
        f"{settings.upload_mb} MB",
        f"{settings.upload_quota_mb} MB a day",
    ):
        assert said in words
    assert ".pdf" in field["accept"].split(",")


def test_another_kind_of_content_has_no_files(author, record):
    assert author.post("/files/nothing/1", file=(BytesIO(b"words"), "a.txt")).status == 404


# --- quota ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def narrow(runtime):
    """A site where a person may upload one megabyte a day."""
    runtime.settings = runtime.settings.model_copy(update={"upload_mb": 1, "upload_quota_mb": 1})


def test_who_has_uploaded_his_share_of_the_day_waits(author, enter, record, world, settings, narrow):
    words = b"one word after the other " * 30_000
    assert author.upload(record, "first.txt", words).status == 303
    answer = author.upload(record, "second.txt", words + b"!")
    assert answer.status == 422
    assert "1 MB a day" in answer.text
    assert len(kept(settings)) == len(attached(world)) == 1
    # Taking a file off gives nothing back, or one could go on for ever.
    author.post(f"/files/{attached(world)[0].id}/remove")
    assert author.upload(record, "second.txt", words + b"!").status == 422
    assert author.upload(record, "small.txt", b"Small enough.").status == 303
    other = enter("rashid")
    assert other.upload(world.record(other.viewer), "third.txt", words).status == 303


# --- viruses ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def scanned(runtime, tmp_path):
    """A site with a virus check that knows one word, and cannot tell about another."""
    script = tmp_path / "check"
    script.write_text('#!/bin/sh\ngrep -q EICAR "$2" && exit 1\ngrep -q ODD "$2" && exit 2\ntest "$1" = --quiet\n')
    script.chmod(0o700)
    runtime.scanner = Scanner(f"{script} --quiet")


def test_an_infected_file_is_refused_and_never_stored(author, record, world, settings, scanned):
    answer = author.upload(record, "letter.txt", INFECTED)
    assert answer.status == 422
    assert "virus" in answer.text
    assert author.upload(record, "clean.txt", b"Clean words.").status == 303
    assert [one.filename for one in attached(world)] == ["clean.txt"]
    assert [one.name for one in kept(settings)] == [attached(world)[0].sha256]


def test_a_check_that_cannot_tell_lets_nothing_in(author, record, world, settings, runtime, scanned):
    assert author.upload(record, "odd.txt", b"ODD words").status == 503
    runtime.scanner = Scanner(str(settings.data_dir / "no such program"))
    answer = author.upload(record, "clean.txt", b"Clean words.")
    assert answer.status == 503
    assert "could not be checked for viruses" in answer.text
    assert not attached(world)
    assert not kept(settings)


def test_while_a_file_is_checked_others_can_write(author, record, world, runtime):
    """A check may take a minute; the lock that lets one writer in must not be held meanwhile."""

    class Writing(Scanner):
        def check(self, path: Path) -> None:
            world.organisation("meanwhile")

    runtime.scanner = Writing()
    assert author.upload(record, "clean.txt", b"Clean words.").status == 303


def test_what_is_refused_for_another_reason_is_not_stored_either(author, record, world, settings):
    author.upload(record, "plan.txt", b"words")
    assert author.upload(record, "other.txt", b"words").status == 409
    with world.work() as work:
        first = attached(world)[0]
        values = first.model_dump(exclude={"id", "filename", "sha256"})
        for number in range(19):
            work.session.add(Attachment(**values, filename=f"{number}.txt", sha256=f"{number:064}"))
    assert author.upload(record, "last.txt", b"one too many").status == 422
    assert len(kept(settings)) == 1


# --- versions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(author, record, world, index) -> list[Attachment]:
    """Three versions of one file beside another file."""
    for word in ("aardvark", "badger", "capybara"):
        assert (
            author.upload(record, "Plan.txt" if word == "badger" else "plan.txt", f"The {word} plan.".encode()).status
            == 303
        )
    author.upload(record, "other.txt", b"Other words.")
    index()
    return attached(world)


def test_a_file_of_the_same_name_is_its_new_version(author, record, versions):
    first, second, third, other = versions
    assert [one.replaced_by for one in versions] == [third.id, third.id, None, None]
    page = author.see(f"/records/{record}").one("#files")
    assert [link["href"] for link in page.all("a")] == [f"/files/{one.id}" for one in (third, second, first, other)]
    assert "2 earlier versions" in page.text
    for file, word in ((first, "aardvark"), (second, "badger"), (third, "capybara")):
        assert word in author.see(f"/files/{file.id}").html


def test_only_the_newest_version_is_found(author, versions):
    found = [author.see(f"/search?q={word}").counted for word in ("aardvark", "badger", "capybara")]
    assert found == [0, 0, 1]


def test_an_earlier_version_comes_back_by_uploading_it_again(author, record, versions, world, index):
    assert author.upload(record, "plan.txt", b"The aardvark plan.").status == 303
    index()
    assert author.see("/search?q=aardvark").counted == 1
    assert author.see("/search?q=capybara").counted == 0
    assert [one.replaced_by for one in attached(world)].count(attached(world)[-1].id) == 3


def test_one_earlier_version_can_be_removed(author, record, versions, world, index):
    first, second, third, other = versions
    assert author.post(f"/files/{second.id}/remove").status == 303
    index()
    assert [one.id for one in attached(world)] == [first.id, third.id, other.id]
    assert author.get(f"/files/{second.id}").status == 404
    assert author.see("/search?q=capybara").counted == 1


def test_removing_a_file_removes_its_earlier_versions(author, record, versions, world, index):
    first, _, third, other = versions
    assert author.post(f"/files/{third.id}/remove").status == 303
    index()
    assert [one.id for one in attached(world)] == [other.id]
    assert author.get(f"/files/{first.id}").status == 404
    assert author.see("/search?q=capybara").counted == 0


def test_versions_of_a_hidden_file_are_hidden(author, enter, world):
    record = world.record(author.viewer, marking=Marking.RED)
    for word in (b"first", b"second"):
        author.upload(record, "plan.txt", word)
    stranger = enter("olga", organisation="elsewhere")
    for one in attached(world):
        assert stranger.get(f"/files/{one.id}").status == 404
        assert stranger.post(f"/files/{one.id}/remove").status == 404
    assert len(attached(world)) == 2


# --- purging ----------------------------------------------------------------------------------------------------------


def test_the_periodic_job_removes_what_was_taken_off_and_nothing_else(author, record, world, settings, runtime, clock):
    for name in ("gone.txt", "kept.txt"):
        author.upload(record, name, name.encode())
    author.post(f"/files/{attached(world)[0].id}/remove")
    for path in kept(settings):
        os.utime(path, (0, 0))
    runtime.table["purge"]()
    assert len(kept(settings)) == 2
    clock.advance(timedelta(hours=settings.purge_hours))
    runtime.table["purge"]()
    assert [one.name for one in kept(settings)] == [attached(world)[0].sha256]
