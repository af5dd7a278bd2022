"""The metadata CSV of an import: what it may say, and the line and column of what it may not."""

from pathlib import Path

import pytest
from sqlmodel import select

from core.tagging import ObjectTag
from library.models import Record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    (folder / "sub").mkdir(parents=True)
    (folder / "radio.md").write_text("# Radio silence\n\nNobody transmits.\n")
    (folder / "sub" / "café.txt").write_text("The café was closed.\n")
    return folder


@pytest.fixture
def importing(ipcu, folder, tmp_path):
    """Import the folder with a CSV of this text."""

    def run(text: str | bytes):
        path = tmp_path / "meta.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return ipcu("library", "import", str(folder), "--metadata", str(path))

    return run


def records(world) -> list[Record]:
    with world.database.reading() as session:
        return list(session.exec(select(Record).order_by(Record.title)))


def test_the_csv_says_what_the_files_do_not(world, importing):
    customs = world.organisation("customs")
    done = importing(
        "path,title,summary,kind,tags,organisation,country,language,year,marking\n"
        'radio.md,Silence on the air,"Short, and ""quoted"".",case_study,radio;discipline,customs,pk,en,2019,tlp:red\n'
    ).well()
    assert "2 imported" in done.out
    told, plain = records(world)
    assert (told.title, told.summary, told.kind) == ("Silence on the air", 'Short, and "quoted".', "case_study")
    assert (told.organisation_id, told.country, told.year, told.marking) == (customs, "PK", 2019, "RED")
    assert (plain.title, plain.kind, plain.marking) == ("café", "sop", "GREEN")
    with world.database.reading() as session:
        assert sorted(session.exec(select(ObjectTag.tag))) == ["discipline", "radio"]


@pytest.mark.parametrize(
    "text",
    [
        "path;title\nsub/café.txt;Closed café\n",
        "path\ttitle\nsub/café.txt\tClosed café\n",
        "\ufeffpath,title\r\nsub/café.txt,Closed café\r\n",
        "Path , Title\n\n./sub/cafe\u0301.txt,Closed café,\n"[:-2] + "\n",
        "title,path\nClosed café,sub\\café.txt\n",
    ],
    ids=["semicolons", "tabs", "of Excel", "spaces and another é", "of Windows"],
)
def test_every_usual_form_is_read(world, importing, text):
    importing(text).well()
    assert [one.title for one in records(world)] == ["Closed café", "Radio silence"]


def test_a_short_row_and_empty_values_mean_the_defaults(world, importing):
    importing("path,title,year,marking\nradio.md\nsub/café.txt,,,\n").well()
    assert [(one.title, one.marking) for one in records(world)] == [("Radio silence", "GREEN"), ("café", "GREEN")]


def test_a_row_without_its_file_is_said(world, importing):
    done = importing("path,title\nradio.md,Silence\nvideo.md,Pictures\n").well()
    assert "no file  video.md" in done.err
    assert "2 imported" in done.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,titel\nradio.md,x\n", "meta.csv, line 1: unknown column 'titel'. Columns are path, title,"),
        ("title\nSilence\n", "meta.csv, line 1: no column 'path'."),
        ("path,title,title\nradio.md,a,b\n", "meta.csv, line 1: column 'title' twice."),
        ("", "meta.csv: there is nothing in it."),
        ("\n\n", "meta.csv: there is nothing in it."),
        ("path,title\nradio.md,Silence\n,Nameless\n", "meta.csv, line 3, column path: this is empty."),
        ("path\nradio.md\n./radio.md\n", "meta.csv, line 3, column path: radio.md is in line 2 already."),
        ("path,title\nradio.md,a,b\n", "meta.csv, line 2: 3 values for 2 columns."),
        ('path,title\nradio.md,"open\n', "meta.csv, line 2: unexpected end of data."),
        (b"path,title\nradio.md,caf\xe9\n", "meta.csv, line 2: this is not UTF-8"),
        (
            "path,year\nradio.md,2019\nsub/café.txt,last year\n",
            "meta.csv, line 3, column year: 'last year' is not a year",
        ),
        ("path,year\nradio.md,1066\n", "meta.csv, line 2, column year: Please give a year between 1800 and 2100."),
        ("path,kind\nradio.md,novel\n", "meta.csv, line 2, column kind: 'novel' is none of"),
        ("path,marking\nradio.md,pink\n", "meta.csv, line 2, column marking: 'PINK' is none of"),
        (
            "path,organisation\nradio.md,atlantis\n",
            "meta.csv, line 2, column organisation: there is no organisation 'atlantis'",
        ),
        ("path,topics\nradio.md,cookery\n", "meta.csv, line 2, column topics: “cookery” is not a topic."),
        ("path,country\nradio.md,XX\n", "meta.csv, line 2, column country: This is not a country code."),
        (
            "path,language\nradio.md,tlh\n",
            "meta.csv, line 2, column language: This is not one of the offered languages.",
        ),
        ("path,title\nradio.md,abc\n", "meta.csv, line 2, column title: "),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column_and_nothing_is_imported(world, importing, text, message):
    assert importing(text).complaint.startswith(message)
    assert records(world) == []
