"""The renderer's HTML as a browser's parser reads it: whatever is written, only what the allow-list names comes alive."""

import re
from xml.etree.ElementTree import Element

import html5lib
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.markup import plain, render, sections
from core.markup.sealing import TAGS

PIECES = (
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg><style><img src=x>", "<math><mi//xlink:href="),
    *(
        "</p>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?php",
        "<b",
        ">",
        "<a href='javascript:alert(1)'>",
        "&lt;",
        "&#106;",
    ),
    *(
        "[x](javascript:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](\x01javascript:x)",
    ),
    *("[x](data:text/html,<b>)", "[x](vbscript:x)", "[x](https://a.example 'a\" onclick=b')", "![x](javascript:x)"),
    *(
        "[x](//evil.example)",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
        '<https://a.example/"onclick=b>',
    ),
    *(
        "```html\n<b>\n```",
        '``` "><b>\n',
        "`<b>`",
        "    <b>",
        "| a | b |\n|:-:|--:|\n| <b> | `|` |",
        "# <b>",
        "## id='main'",
    ),
    *(
        "> ",
        "- ",
        "1. ",
        "10) ",
        "***",
        "**a**",
        "~~a~~",
        "\n\n",
        "\n",
        "\t",
        "\\",
        '"',
        "'",
        "\x00",
        "\u202e",
        "\ufeff",
    ),
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
SAFE_ATTRIBUTES = {"href", "title", "id", "start", "class"}


def parsed(html: str) -> Element:
    return html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)


def elements(html: str) -> list[Element]:
    return [one for one in parsed(html).iter() if one.tag != "DOCUMENT_FRAGMENT"]


@settings(max_examples=300)
@given(TEXTS)
@example('<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">')
@example('<noscript><p title="</noscript><img src=x onerror=alert(1)>">')
@example("<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>")
def test_only_allowed_elements_come_alive_and_they_carry_nothing_that_runs(source: str) -> None:
    for one in elements(render(source).html):
        # Comments and the like are functions in this tree; none may be left.
        assert isinstance(one.tag, str)
        assert one.tag in TAGS
        assert set(one.attrib) <= SAFE_ATTRIBUTES
        assert re.match(r"(https?://|mailto:|[^:/?#]*([/?#]|$))", one.get("href", "").lower()), one.get("href")
        assert one.get("id", "s-").startswith("s-")
        chosen = "language-" if one.tag == "code" else "align-"
        assert one.get("class", chosen).startswith(chosen)


@settings(max_examples=300)
@given(TEXTS)
def test_a_browser_reads_what_was_written_and_moves_nothing_out_of_its_place(source: str) -> None:
    """Mutation: HTML that changes when it is read and written again could come alive the second time."""
    once = html5lib.serialize(parsed(render(source).html), tree="etree", quote_attr_values="always")
    assert html5lib.serialize(parsed(once), tree="etree", quote_attr_values="always") == once


@settings(max_examples=200)
@given(TEXTS)
def test_what_is_indexed_is_what_the_reader_sees(source: str) -> None:
    # A draft has no control characters (library.drafts); the cleaner would show them as question marks.
    source = "".join(char for char in source if char >= " " or char in "\n\t")
    shown = "".join("".join(parsed(render(source).html).itertext()).split())
    assert "".join(plain(source).split()) == shown


@settings(max_examples=200)
@given(TEXTS)
def test_every_place_is_on_the_page_once(source: str) -> None:
    ids = [one.get("id") for one in elements(render(source).html) if one.get("id")]
    assert len(ids) == len(set(ids))
    assert {one.place.anchor for one in sections(source)} - {""} <= set(ids)
