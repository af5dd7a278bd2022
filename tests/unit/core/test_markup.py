"""Markdown becomes safe HTML, and text with places that the HTML really has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markup import plain, render, sections

ALLOWED = re.compile(
    r"</?(a|abbr|blockquote|br|code|dd|del|div|dl|dt|em|h[1-6]|hr|li|ol|p|pre|s|span|strong|sub|sup|table|tbody|td|th|thead|tr|ul)\b"
)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "![x](https://tracker.example/pixel.png)",
        '<a href="https://a.example" onclick="alert(1)">x</a>',
        "<svg/onload=alert(1)>",
        '[x](https://a.example "title\\" onmouseover=\\"alert(1)")',
        '<https://a.example/"onmouseover=alert(1)>',
    ],
)
def test_nothing_runs(hostile: str) -> None:
    html = render(hostile).html
    for tag in re.findall(r"<[^>]*>", html):
        assert ALLOWED.match(tag), tag
        assert " on" not in tag.lower().split("title=")[0]
        assert not re.search(r"href=\"(?!https?:|mailto:)", tag)


@given(st.text(max_size=400))
def test_any_text_renders_to_allowed_tags_only(source: str) -> None:
    for tag in re.findall(r"<[a-z/][^>]*>", render(source).html):
        assert ALLOWED.match(tag)


def test_every_section_anchor_is_an_id_of_the_page() -> None:
    source = "# Plan\n\none\n\n## Roles\n\ntwo\n\n## Roles\n\nthree\n\n# منصوبہ\n\nfour"
    ids = re.findall(r'id="([^"]+)"', render(source).html)
    found = sections(source)
    assert [section.place.anchor for section in found] == ids
    assert [section.place.label for section in found] == ["Plan", "Plan > Roles", "Plan > Roles", "منصوبہ"]
    assert [section.text.split()[-1] for section in found] == ["one", "two", "three", "four"]


def test_plain_text_keeps_the_words_and_drops_the_marks() -> None:
    assert (
        plain("Keep **it** [powered](https://a.example).\n\n- `airplane` mode") == "Keep it powered.\n\nairplane mode"
    )


def test_deep_nesting_ends_quickly() -> None:
    assert render(">" * 20_000 + "x").html
    assert render("[" * 20_000).html


def test_columns_are_aligned_by_a_class_that_nobody_can_choose() -> None:
    html = render("| a | b | c | d |\n|:-|:-:|-:|-|\n| 1 | 2 | 3 | 4 |").html
    assert [html.count(f'class="align-{side}"') for side in ("left", "center", "right")] == [2, 2, 2]
    assert "style" not in html
