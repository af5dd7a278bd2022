"""Pages as a browser's parser sees them, and a person who visits them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.access import Viewer

SELECTOR = re.compile(
    r"(?P<tag>\w+)?(?:#(?P<id>[\w-]+))?(?:\.(?P<cls>[\w-]+))?(?:\[(?P<name>[\w-]+)(?:=(?P<value>[^]]*))?\])?"
)
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Node:
    """One element. Selectors are `tag#id.class[name=value]`, every part of which may be left out."""

    def __init__(self, element: Element) -> None:
        self.element = element

    @property
    def tag(self) -> str:
        return str(self.element.tag)

    @property
    def text(self) -> str:
        """Its words, with single spaces."""
        return " ".join("".join(self.element.itertext()).split())

    def __getitem__(self, name: str) -> str:
        return self.element.attrib[name]

    def get(self, name: str) -> str | None:
        return self.element.get(name)

    def walk(self) -> Iterator["Node"]:
        """Everything in it, itself first."""
        for element in self.element.iter():
            if isinstance(element.tag, str):
                yield Node(element)

    def all(self, selector: str) -> list["Node"]:
        """Every element in it that fits."""
        wanted = SELECTOR.fullmatch(selector)
        assert wanted, f"{selector!r} is no selector"
        return [node for node in self.walk() if node._fits(wanted)]

    def one(self, selector: str) -> "Node":
        """The only element that fits."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def texts(self, selector: str) -> list[str]:
        return [node.text for node in self.all(selector)]

    def _fits(self, wanted: re.Match[str]) -> bool:
        has = self.element.attrib
        return (
            (wanted["tag"] is None or self.tag == wanted["tag"])
            and (wanted["id"] is None or has.get("id") == wanted["id"])
            and (wanted["cls"] is None or wanted["cls"] in has.get("class", "").split())
            and (wanted["name"] is None or wanted["name"] in has)
            and (wanted["value"] is None or has[wanted["name"]] == wanted["value"])
        )


def parse(html: str) -> Node:
    """A document as HTML5 says that it is read, however broken it is."""
    return Node(html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False))


class Answer(Node):
    """A response with its page."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status, self.html, self.headers = response.status_code, response.text, response.headers
        # A file that was sent stays open until the server, here the test, is done with it.
        response.close()

    @cached_property
    def element(self) -> Element:
        """Read when it is first looked at: many a test asks for the status only."""
        return parse(self.html).element

    @property
    def titles(self) -> list[str]:
        """Titles of the records it lists."""
        return self.texts(".hit-title")

    @property
    def counted(self) -> int:
        """How many results it says that there are."""
        found = self.texts(".results-count")
        return int(found[0].split()[0]) if found else 0

    def fields(self, selector: str) -> dict[str, str]:
        """What a form would send if its button were pressed now."""
        sent: dict[str, str] = {}
        for node in self.one(selector).walk():
            name = node.get("name")
            if name is None or (node.get("type") in ("radio", "checkbox") and node.get("checked") is None):
                continue
            if node.tag == "select":
                options = node.all("option")
                chosen = [option for option in options if option.get("selected") is not None] or options[:1]
                sent[name] = chosen[0]["value"] if chosen else ""
            elif node.tag == "textarea":
                sent[name] = "".join(node.element.itertext())
            elif node.tag == "input":
                sent[name] = node.get("value") or ""
        return sent


@dataclass(frozen=True)
class Visitor:
    """A person who is signed in."""

    client: FlaskClient
    id: int
    email: str
    viewer: Viewer

    def see(self, url: str, **options: Any) -> Answer:
        """A page that must be there."""
        answer = self.get(url, **options)
        assert answer.status == 200, f"{url} answered {answer.status}: {answer.html[:500]}"
        return answer

    def get(self, url: str, **options: Any) -> Answer:
        """Any answer."""
        return Answer(self.client.get(url, **options))

    def post(self, url: str, **fields: Any) -> Answer:
        """Send a form as the browser would, with the token of this session."""
        found = TOKEN.search(self.client.get("/account/").text)
        assert found
        return Answer(self.client.post(url, data={"csrf_token": found[1], **fields}))

    def upload(self, record_id: int, name: str, content: bytes) -> Answer:
        """Add a file to a record."""
        answer = self.post(f"/files/record/{record_id}", file=(BytesIO(content), name))
        # The test client keeps a large body in a file that it leaves open.
        answer.response.request.environ["wsgi.input"].close()
        return answer


def path_of(answer: Answer) -> str:
    """Where a redirect leads."""
    return urlsplit(answer.headers["Location"]).path
