"""`ipcu library import` over folders the tests make: what comes in, what is refused, what a second run does."""

import hashlib
import os
import sys
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas
from sqlmodel import select

from core.files import FileText
from core.outbox import DirtyMark
from indexer.drain import Drain
from library.models import Attachment, Record
from webapp.demo.documents import make_document
from webapp.library.importing import FolderImport

PAGES = """# Custody of seized animals

A constable who seizes an animal feeds it.

---page---

# Transport

Camels are transported kneeling, with the forelegs hobbled.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "custody_of-animals.pdf").write_bytes(make_document("x.pdf", "Animals", PAGES))
    (folder / "letters.docx").write_bytes(
        make_document("x.docx", "Letters", "# Pigeon post\n\nA pigeon carries one letter.")
    )
    (folder / "radio.md").write_text("# Radio silence\n\nNobody transmits during the approach.\n")
    return folder


def titles(world) -> dict[str, Record]:
    with world.database.reading() as session:
        return {record.title: record for record in session.exec(select(Record))}


def test_documents_become_records_that_are_found_with_their_page(world, ipcu, folder):
    done = ipcu("library", "import", str(folder)).well()
    assert "3 imported (0 of them without text), 0 already there, 0 skipped." in done.out
    assert set(titles(world)) == {"custody of animals", "letters", "Radio silence"}
    assert {record.marking for record in titles(world).values()} == {"GREEN"}
    hit = ipcu("search", "transporting", "camels", "--as", "amina@exchange.example").well().out
    assert "1. custody of animals" in hit
    assert "p. 2" in hit
    assert "Radio silence" in ipcu("search", "transmits", "--as", "amina@exchange.example").well().out
    assert "letters" in ipcu("search", "pigeon", "--as", "amina@exchange.example").well().out
    assert "no difference (0 waiting" in ipcu("index", "verify").well().out


HEADED = """---
title: Search of a barge
description: Ropes first.
tags: [water, rope]
date: 2021-03-04
country: nowhere
---

# Search of a barge at night

Two officers stand at the candytuft side.
"""


def test_the_header_of_a_markdown_file_is_proposed_metadata_and_no_text(world, ipcu, folder):
    (folder / "barge.md").write_text(HEADED)
    ipcu("library", "import", str(folder)).well()
    record = titles(world)["Search of a barge at night"]
    assert (record.summary, record.year, record.country) == ("Ropes first.", 2021, "")
    assert "title:" not in record.body_source
    assert record.body_source.startswith("# Search of a barge at night")


def test_markdown_in_another_encoding_keeps_its_words_and_its_original(world, ipcu, folder, tmp_path):
    source = "# Règlement du chenil\n\nLa brigade Églantine vérifie l’état des colliers à la relève.\n"
    (folder / "chenil.md").write_bytes(source.encode("cp1252"))
    done = ipcu("library", "import", str(folder)).well()
    assert (
        "note     chenil.md: The file does not say in which encoding it is written; it was read as Windows-1252."
        in done.err
    )
    record = titles(world)["Règlement du chenil"]
    assert record.body_source == source.strip()
    digest = hashlib.sha256(source.encode("cp1252")).hexdigest()
    with world.database.reading() as session:
        kept = session.exec(select(Attachment).where(Attachment.record_id == record.id)).one()
        assert (kept.sha256, kept.filename) == (digest, "chenil.md")
        assert session.get(FileText, digest).remarks == ["encoding_guessed:cp1252"]
    assert [one.read_bytes() for one in tmp_path.rglob(digest)] == [source.encode("cp1252")]


def test_mail_and_xml_are_refused_with_a_sentence_and_never_imported_as_source(world, ipcu, folder):
    (folder / "mail.txt").write_text("From: a@x.example\nSubject: Boats\nMIME-Version: 1.0\n\nWords.\n")
    (folder / "order.xml").write_text('<?xml version="1.0"?><w:doc xmlns:w="urn:x"><w:t>Words</w:t></w:doc>')
    done = ipcu("library", "import", str(folder)).well()
    assert "3 imported (0 of them without text), 0 already there, 2 skipped." in done.out
    assert "skipped  mail.txt: The text of an e-mail cannot be read" in done.err
    assert "skipped  order.xml: The text of an XML file cannot be read" in done.err


def test_a_second_run_brings_in_nothing(world, ipcu, folder):
    ipcu("library", "import", str(folder)).well()
    (folder / "copy under another name.md").write_bytes((folder / "radio.md").read_bytes())
    again = ipcu("library", "import", str(folder)).well()
    assert "0 imported (0 of them without text), 4 already there, 0 skipped." in again.out
    assert len(titles(world)) == 3
    with world.database.reading() as session:
        assert not session.exec(select(DirtyMark)).all()


def test_an_import_that_is_stopped_goes_on_where_it_was(world, ipcu, folder, monkeypatch):
    whole = FolderImport._import_file
    seen: list[str] = []

    def stopped(self, extractor, path, name, known, report):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(name)
        whole(self, extractor, path, name, known, report)

    monkeypatch.setattr(FolderImport, "_import_file", stopped)
    first = ipcu("library", "import", str(folder))
    assert (first.status, first.err.splitlines()[-1]) == (130, "ipcu: stopped")
    assert len(titles(world)) == 2
    monkeypatch.setattr(FolderImport, "_import_file", whole)
    second = ipcu("library", "import", str(folder)).well()
    assert "1 imported (0 of them without text), 2 already there, 0 skipped." in second.out
    assert "no difference (0 waiting" in ipcu("index", "verify").well().out
    for word in ("camels", "pigeon", "transmits"):
        assert "  1. " in ipcu("search", word, "--as", "amina@exchange.example").well().out


def test_stopping_the_indexing_gives_every_mark_back(world, ipcu, folder, monkeypatch):
    def stopped(self, batch, drafts, expected, report):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Drain, "_write", stopped)
        assert ipcu("library", "import", str(folder)).status == 130
    with world.database.reading() as session:
        assert [mark.claimed_until for mark in session.exec(select(DirtyMark))] == [None, None, None]
    assert ipcu("index", "drain").well().out.startswith("3 changes: embedded 3")


def test_each_bad_file_costs_one_line_and_nothing_else(world, ipcu, folder):
    (folder / "empty.pdf").touch()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    locked = Canvas(str(folder / "locked.pdf"), encrypt="secret")
    locked.drawString(60, 700, "Nobody reads this.")
    locked.save()
    scan = Canvas(str(folder / "scan.pdf"))
    scan.rect(60, 60, 100, 100, fill=1)
    scan.save()
    done = ipcu("library", "import", str(folder)).well()
    assert "4 imported (1 of them without text), 0 already there, 4 skipped." in done.out
    lines = [line for line in done.err.splitlines() if line.startswith(("skipped", "no text"))]
    assert sorted(line.split(":")[0] for line in lines) == [
        "no text  scan.pdf",
        "skipped  broken.pdf",
        "skipped  empty.pdf",
        "skipped  locked.pdf",
        "skipped  picture.png",
    ]
    assert "password" in next(line for line in lines if "locked" in line)
    with world.database.reading() as session:
        assert sorted(text.status for text in session.exec(select(FileText))) == ["no_text", "ok", "ok"]


def test_hidden_files_and_links_that_leave_the_folder_stay_out(world, ipcu, folder, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("# Outside\n\nNot to be brought in.\n")
    (folder / "link.md").symlink_to(outside)
    (folder / "dangling.md").symlink_to(tmp_path / "nowhere.md")
    (folder / "around").symlink_to(folder)
    (folder / ".hidden.md").write_text("# Hidden\n\nNot to be brought in.\n")
    (folder / ".git").mkdir()
    (folder / ".git" / "notes.md").write_text("# Notes\n\nNot to be brought in.\n")
    (folder / "inner").mkdir()
    (folder / "inner" / "same.md").symlink_to(folder / "radio.md")
    os.mkfifo(folder / "pipe.md")
    done = ipcu("library", "import", str(folder)).well()
    assert "3 imported (0 of them without text), 1 already there, 0 skipped." in done.out


def test_a_table_that_no_page_can_show_is_attached_and_found_all_the_same(world, ipcu, folder):
    (folder / "table.md").write_text("# Radio codes\n\n|a|b|\n|-|-|\n" + "|a|b|\n" * 60_000 + "|a|quagga|\n")
    done = ipcu("library", "import", str(folder), "--no-index").well()
    assert "4 imported (0 of them without text), 0 already there, 0 skipped." in done.out
    with world.database.reading() as session:
        record = session.exec(select(Record).where(Record.title == "table")).one()
        texts = {one.media_type: one for one in session.exec(select(FileText))}
    assert record.body_source == ""
    assert "quagga" in texts["text/markdown"].blocks[-1]["text"]


def test_names_in_other_scripts_and_names_that_are_no_text(world, ipcu, folder):
    (folder / "گرفتاری کا طریقہ.md").write_text("بغیر سرخی کے متن\n")
    (folder / "e\u0301vidence.txt").write_text("The umbrella was wet.\n")
    with open(os.fsencode(folder) + b"/bad-\xff-name.txt", "wb") as raw:  # noqa: PTH123  a path cannot say this name
        raw.write(b"The hat was dry.\n")
    (folder / "[red]markup.txt").write_text("The glove was lost.\n")
    done = ipcu("library", "import", str(folder)).well()
    assert "7 imported" in done.out
    assert {"گرفتاری کا طریقہ", "évidence", "bad-�-name", "[red]markup"} <= set(titles(world))
    assert "évidence" in ipcu("search", "umbrella", "--as", "amina@exchange.example").well().out


def test_a_folder_that_cannot_be_read_is_said(world, ipcu, folder, monkeypatch):
    (folder / "shut").mkdir()
    real = os.scandir

    def refuse(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    # The system lets root in everywhere, and tests may run as root.
    monkeypatch.setattr(os, "scandir", refuse)
    done = ipcu("library", "import", str(folder)).well()
    assert "skipped  shut: Permission denied" in done.err
    assert "3 imported" in done.out


def test_a_file_that_vanishes_or_cannot_be_opened_costs_one_line(world, ipcu, folder, monkeypatch):
    command = sys.modules["webapp.library.commands"]
    real = command.find_files

    def find(directory):
        found = real(directory)
        (folder / "radio.md").unlink()
        return found

    monkeypatch.setattr(command, "find_files", find)
    done = ipcu("library", "import", str(folder)).well()
    assert "skipped  radio.md: No such file or directory" in done.err
    assert "2 imported" in done.out


def test_an_empty_folder_is_no_failure(world, ipcu, tmp_path):
    (tmp_path / "nothing").mkdir()
    assert "0 imported" in ipcu("library", "import", str(tmp_path / "nothing")).well().out


def test_a_file_over_the_limit_is_not_read(world, ipcu, folder, monkeypatch):
    monkeypatch.setenv("IPCU_UPLOAD_MB", "1")
    with (folder / "large.txt").open("wb") as stream:
        stream.truncate((1 << 20) + 1)
    assert "skipped  large.txt: larger than 1 MB (IPCU_UPLOAD_MB)" in ipcu("library", "import", str(folder)).well().err


def test_the_marking_decides_who_finds_it(world, ipcu, folder):
    other = world.organisation("customs")
    world.person("omar", other)
    ipcu("library", "import", str(folder), "--marking", "amber+strict", "--kind", "case_study").well()
    assert {(one.marking, one.kind) for one in titles(world).values()} == {("AMBER+STRICT", "case_study")}
    assert "1 results" in ipcu("search", "camels", "--as", "amina@exchange.example").well().err
    stranger = ipcu("search", "camels", "--as", "omar@exchange.example").well()
    assert "0 results" in stranger.err
    assert "Nothing reliable found." in stranger.out


def test_without_indexing_the_worker_does_it(world, ipcu, folder):
    ipcu("library", "import", str(folder), "--no-index").well()
    assert "waiting                3" in ipcu("index", "status").well().out
    assert ipcu("worker", "--once").well().out.startswith("3 changes")
    assert "1 results" in ipcu("search", "camels", "--as", "amina@exchange.example").well().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--as", "amina@exchange.example"), "Importing is for librarians and administrators."),
        (("--as", "nobody@exchange.example"), "Nobody active has the address nobody@exchange.example."),
        (("--organisation", "atlantis"), "There is no organisation 'atlantis'."),
    ],
)
def test_who_may_not_and_what_is_not_there(world, ipcu, folder, arguments, message):
    assert ipcu("library", "import", str(folder), *arguments).complaint == message
    assert not titles(world)


def test_without_a_librarian_nobody_imports(data, ipcu, folder):
    assert "There is no librarian yet" in ipcu("library", "import", str(folder)).complaint


@pytest.mark.parametrize("arguments", [("--marking", "PINK"), ("--kind", "novel"), ("--metadata", "nowhere.csv")])
def test_wrong_options_are_wrong_usage(world, ipcu, folder, arguments):
    assert ipcu("library", "import", str(folder), *arguments).status == 2


def test_a_file_in_place_of_a_folder_is_wrong_usage(world, ipcu, folder):
    assert ipcu("library", "import", str(folder / "radio.md")).status == 2
    assert ipcu("library", "import", str(folder / "nowhere")).status == 2


def test_documents_that_cannot_be_indexed_are_a_failure_that_is_said(world, ipcu, folder, monkeypatch):
    ipcu("index", "rebuild").well()
    monkeypatch.setenv("IPCU_EMBEDDING", "on")
    done = ipcu("library", "import", str(folder))
    assert done.status == 1
    assert done.err.splitlines()[-1] == (
        "ipcu: The documents are in the library, but not all are indexed: "
        "The index was made with another model or version. Run `ipcu index rebuild`."
    )
    monkeypatch.setenv("IPCU_EMBEDDING", "off")
    assert "3 already there" in ipcu("library", "import", str(folder)).well().out
    assert "1 results" in ipcu("search", "camels", "--as", "amina@exchange.example").well().err


def test_what_the_virus_check_refuses_stays_outside(world, ipcu, folder, tmp_path, monkeypatch):
    check = tmp_path / "check"
    check.write_text('#!/bin/sh\ngrep -q pigeonpost "$1" && exit 1\nexit 0\n')
    check.chmod(0o700)
    (folder / "bad.md").write_text("# The pigeonpost virus\n\nWords.\n")
    monkeypatch.setenv("IPCU_SCAN_COMMAND", str(check))
    done = ipcu("library", "import", str(folder)).well()
    assert "3 imported" in done.out
    assert "skipped  bad.md: The virus check refused this file" in done.err
    assert "The pigeonpost virus" not in titles(world)
