"""Templates escape, and carry no script, style or handler of their own: the Content-Security-Policy forbids all three."""

import pytest

from tests.architecture.source import ROOT, Module, files, listing, project
from tests.architecture.templates import handmade_markup, offences, unused_macros

TEMPLATES = sorted(path for path in files() if "templates" in path.relative_to(ROOT).parts)
REASON = (
    "Templates escape everything but HTML that core/markup rendered (fields named *_html or .html). Scripts are files "
    "attached by data- attributes, styles are classes, and nothing comes from another machine (STYLE A19, DESIGN 7)."
)


def test_there_are_templates():
    assert TEMPLATES, "No templates found: the rules here would check nothing."


def test_templates_keep_the_rules():
    found = [offence for path in TEMPLATES for offence in offences(path.relative_to(ROOT).as_posix(), path.read_text())]
    assert not found, listing(found, REASON)


def test_every_macro_is_called():
    texts = {path.relative_to(ROOT).as_posix(): path.read_text() for path in TEMPLATES}
    assert not unused_macros(texts), "Nothing calls these macros; remove them."
    assert unused_macros({"a.html": "{% macro chip(text) %}{% endmacro %}"}) == ["a.html: chip"]


def test_markup_is_made_in_one_place():
    found = [offence for module in project() for offence in handmade_markup(module)]
    assert not found, listing(
        found, "Only a place on the list in templates.MARKUP may declare text safe; say why it is."
    )


def test_handmade_markup_is_seen():
    assert handmade_markup(Module("webapp/views/bad.py", "markupsafe.Markup(f'<b>{name}</b>')"))


@pytest.mark.parametrize(
    "text",
    [
        "{{ post.body|safe }}",
        "{{ title | safe }}",
        "{% autoescape false %}",
        "<script>go()</script>",
        '<script type="module">go()</script>',
        "<style>p {}</style>",
        '<p class="a" style="color: red">',
        '<a onclick="go()">',
        '<a hx-on:click="go()">',
        '<a href="javascript:go()">',
        '<script src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/x.css">',
    ],
)
def test_a_bad_template_is_seen(text):
    assert list(offences("bad.html", text))


@pytest.mark.parametrize(
    "text",
    [
        "{{ post.body_html|safe }}",
        "{{ rendered.html | safe }}",
        "<script src=\"{{ asset('a.js') }}\" defer></script>",
        '<script type="application/json" id="data">{{ data|tojson }}</script>',
        '<a href="https://example.org/">a link is not a load</a>',
        '{# style="x" in a comment #}',
    ],
)
def test_a_good_template_passes(text):
    assert not list(offences("good.html", text))
