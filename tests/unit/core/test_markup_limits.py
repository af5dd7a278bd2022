"""Rendering takes time in proportion to the text, or is refused with a word that says why."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import bleach
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.constructs import CONSTRUCTS, text_of
from core.errors import Invalid
from core.markup import MAX_LABEL, MAX_SOURCE, MAX_WORK, TooLarge, render, sections
from core.markup.parser import Meter, Parser
from core.markup.rendering import anchored
from core.markup.sealing import TAGS, Seal
from tests.unit.core.test_markup_parsed import TEXTS, elements

SIZE = 3_000


@contextmanager
def calls_counted() -> Iterator[list[int]]:
    """How many functions of Python were called within the block: work that no meter of ours has a say in."""
    count = [0]

    def note(_frame: object, event: str, _argument: object) -> None:
        count[0] += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)


def work_of(source: str) -> int:
    with calls_counted() as count:
        try:
            render(source)
        except TooLarge:
            return 0
    return count[0]


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_twice_the_text_is_twice_the_work(name):
    small, large = (work_of(text_of(CONSTRUCTS[name], size)) for size in (SIZE, 2 * SIZE))
    # What stays the same, the making of the parser, is in both.
    assert large <= 2.4 * small + 8_000


@pytest.mark.parametrize("name", ["brackets that close late", "one word"])
def test_a_million_characters_are_shown_or_refused_for_bounded_work(name):
    with calls_counted() as count, suppress(TooLarge):
        render(text_of(CONSTRUCTS[name], MAX_SOURCE))
    assert count[0] < 30 * MAX_WORK


def test_every_text_that_is_worth_a_page_has_room():
    prose = "Some words of a paragraph, *with* marks and [a link](https://a.example/x), and so on until it ends.\n\n"
    assert render(prose * 1_000).html.count("<a href") == 1_000
    assert render("|a|b|\n|-|-|\n" + "|a|b|\n" * 30_000).html.count("<td>") == 60_000
    assert len(render("word " * 200_000).html) > MAX_SOURCE - 10


def test_a_text_too_long_or_too_much_is_refused_with_its_field(monkeypatch):
    monkeypatch.setattr("core.markup.parser.MAX_WORK", 1_000)
    with pytest.raises(Invalid) as long:
        render("a" * (MAX_SOURCE + 1), field="answer")
    with pytest.raises(Invalid) as much:
        render("a\n\n" * 3_000, field="answer")
    assert set(long.value.fields) == set(much.value.fields) == {"answer"}
    assert "1000000" in long.value.message
    assert "Split it" in much.value.message


def test_a_text_that_is_refused_is_indexed_as_it_stands(monkeypatch):
    monkeypatch.setattr("core.markup.parser.MAX_WORK", 1_000)
    source = "a\n\n" * 3_000
    (only,) = sections(source)
    assert only.text == source
    assert sections("\n" * 3_000) == []


def test_a_long_heading_is_not_repeated_with_every_heading_below_it():
    found = sections(f"# {'word ' * 10_000}\n\n" + "## b\n\nc\n\n" * 500)
    assert len(found) == 501
    assert max(len(one.place.label) for one in found) <= 2 * MAX_LABEL


def test_headings_that_look_like_numbered_ones_keep_places_of_their_own():
    ids = [one.get("id") for one in elements(render("# a 2\n# a\n# a\n# a\n").html)]
    assert ids == ["s-a-2", "s-a", "s-a-3", "s-a-4"]


def whole_by_bleach(source: str) -> str:
    """What bleach makes of the page as one piece."""
    parser = Parser("body")
    tokens = parser.read(source)
    for token, anchor in anchored(tokens):
        token.attrSet("id", anchor)
    for token in tokens:
        if token.type in ("th_open", "td_open") and (side := str(token.attrs.pop("style", ""))):
            token.attrSet("class", f"align-{side.removeprefix('text-align:')}")
    allowed = {"a": ["href", "title"], "code": ["class"], "ol": ["start"], "td": ["class"], "th": ["class"]}
    allowed |= {f"h{level}": ["id"] for level in range(1, 7)}
    page = "".join(parser.pieces(tokens))
    return str(bleach.clean(page, tags=TAGS, attributes=allowed, protocols={"http", "https", "mailto"}, strip=True))


@settings(max_examples=200)
@given(
    st.one_of(
        TEXTS,
        st.lists(st.sampled_from([*map(str, (x for x in CONSTRUCTS.values() if isinstance(x, str)))])).map("".join),
    )
)
def test_tag_by_tag_nothing_goes_out_that_bleach_would_not_leave_of_the_whole(source):
    assert render(source).html == whole_by_bleach(source)


@pytest.mark.parametrize(
    "pieces",
    [
        ["<script>", "</script>"],
        ["<p>", "<img src=x>", "</p>"],
        ["<p>", "a < b", "</p>"],
        ["<p>", "a &nbsp; b", "</p>"],
        ["<p>", "\x00", "</p>"],
        ["<p>"],
        ["</p>"],
        ["<em>", "<strong>", "</em>", "</strong>"],
        ["<p", ">"],
        ['<td class="x">', "</td>"],
        ['<p title="a>b">', "</p>"],
    ],
)
def test_what_the_parser_should_never_write_does_not_go_out(pieces):
    with pytest.raises(RuntimeError):
        Seal(Meter("body")).sealed(pieces)


def test_attributes_that_are_not_allowed_are_taken_off():
    pieces = [
        '<p onclick="x">',
        "a",
        "</p>",
        '<a href="javascript:x" title="t">',
        "b",
        "</a>",
        '<h1 id="main">',
        "</h1>",
    ]
    sealed = Seal(Meter("body")).sealed(pieces)
    assert sealed == '<p>a</p><a title="t">b</a><h1></h1>'


def test_a_bare_address_in_the_words_of_a_link_is_no_link_in_a_link():
    html = render("[see <https://a.example> there](https://b.example)").html
    assert html == '<p><a href="https://b.example">see https://a.example there</a></p>\n'


LEADS_ASTRAY = [
    *(
        "sms:1",
        "tel:1",
        "SMS:1",
        "data:1",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "javascript:1",
        "x:1",
    ),
    *(
        "localhost:8080/x",
        "skype:1",
        "blob:1",
        "about:blank",
        "ms-word:ofe|u|http://a.example/x",
        "view-source:http://a",
    ),
    *(
        "&#115;ms:1",
        "s&#x6d;s:1",
        "sms&colon;1",
        "java&Tab;script:1",
        "java&NewLine;script:1",
        "&#1;sms:1",
        "s\u00adms:1",
    ),
    *(
        "\u202esms:1",
        "s\u200bms:1",
        "\ufeffsms:1",
        "sms\\:1",
        "/\\evil.example",
        "\\\\\\\\evil.example",
    ),
    *(
        "//evil.example",
        "///evil.example",
        "/&#9;/evil.example",
        "//evil.example/%2e%2e",
        "\u200b//evil.example",
    ),
]
LEADS_ON = [
    *(
        "https://a.example",
        "http://a.example:8080/x?a=b:c#d",
        "HTTPS://A.example",
        "mailto:a@b.example",
        "/records/1",
        "#s-a",
    ),
    *("records/1", "?page=2", "./a:b", "/a:b", "a/b:c", "https://ur.example/\u0644\u0641\u0638"),
]


@pytest.mark.parametrize("address", LEADS_ASTRAY)
def test_a_link_of_another_scheme_or_to_another_site_in_disguise_is_no_link(address):
    for source in (f"[x](<{address}>)", f"[x]({address})", f"[x][y]\n\n[y]: <{address}>", f"<{address}>"):
        for one in elements(render(source).html):
            assert one.tag != "a", one.get("href")


@pytest.mark.parametrize("address", LEADS_ON)
def test_a_link_to_a_page_or_to_somebody_is_one(address):
    assert [one.tag for one in elements(render(f"[x](<{address}>)").html)] == ["p", "a"]
