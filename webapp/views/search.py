"""Home, results, suggestions."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.content import FACETS, Card
from core.errors import Unavailable
from core.notices import list_unread
from core.paging import Page
from search import history
from search.engine import Sort
from search.query import FIELDS, MAX_CHARACTERS, parse, render
from search.results import SearchRequest
from webapp.mailing.wording import lines_for
from webapp.runtime import Runtime, current_runtime
from webapp.session import viewer
from webapp.wording.texts import degraded_text
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("search", __name__)

PAGE_SIZE = 10
FEW_NOTICES = 5
"""As many stand on the first page; the bell has all."""
MAX_LISTED = 1000
"""Nobody reads further."""
CHOOSABLE = (*FACETS, "tag", "by")
MAX_CHOSEN = 30
SHOWN_FACETS = (
    "kind",
    "topic",
    "organisation",
    "evidence",
    "status",
    "marking",
    "country",
    "language",
    "year",
    "filetype",
)


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter and the address without it."""

    field: str
    value: str
    url: str


@blueprint.get("/")
def home() -> str:
    """The search box, one's own recent searches, notices, and a panel of each part."""
    me, parts = viewer(), current_runtime().parts
    with current_runtime().reading() as session:
        notices = lines_for(parts, session, me, list_unread(session, me.user_id, FEW_NOTICES))
        return render_template(
            "search/home.html",
            recent_searches=history.list_recent(session, me.user_id),
            notices=notices,
            panels=[{"template": one.template, **one.load(session, me)} for one in parts.panels],
            words=vocabulary(session),
        )


@blueprint.get("/search")
def results() -> Response:
    """Results for a question; the list alone when htmx asks for it."""
    asked = parse_request(request.args)
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        response = runtime.search.search(session, me, asked)
        pages = asked.page.count(min(response.total, MAX_LISTED))
        if asked.page.number > pages:
            # The list has become shorter since the address was made, or the address was made up.
            asked = replace(asked, page=Page(pages, PAGE_SIZE))
            response = runtime.search.search(session, me, asked)
        words = vocabulary(session)
        is_live = (
            request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"
        )
        text = render_template(
            "search/_results.html" if is_live else "search/results.html",
            response=response,
            words=words,
            chips=active_chips(asked),
            degraded=degraded_text(response.degraded),
            shown_facets=SHOWN_FACETS,
            url_with=UrlBuilder(asked),
            pages=pages,
        )
    page = make_response(text)
    is_on_purpose = not is_live or request.headers.get("X-Submitted") == "1"
    if is_on_purpose and asked.text and asked.page.number == 1:
        # Once the page is sent: nobody waits for it, least of all while an import is writing.
        page.call_on_close(partial(_remember, runtime, me.user_id, asked.text))
    return page


@blueprint.get("/search/suggest")
def suggest() -> str:
    """What may continue the words being typed; nothing while the engine is down, which the results will say."""
    text = request.args.get("q", "")[:200]
    runtime = current_runtime()
    completions: list[str] = []
    cards: list[Card] = []
    with runtime.reading() as session, suppress(Unavailable):
        completions, cards = runtime.search.suggest(session, viewer(), text)
    return render_template("search/_suggest.html", completions=completions, cards=cards)


@blueprint.post("/search/forget")
def forget() -> Response:
    """Delete one's own recent searches."""
    with current_runtime().work(viewer()) as work:
        history.forget(work, viewer().user_id)
    return redirect(url_for("search.home"), 303)


def parse_request(args: MultiDict[str, str]) -> SearchRequest:
    """A search request from a query string. Whatever makes no sense in it is left out, never an error."""
    sort = args.get("sort", "")
    return SearchRequest(
        # The text goes into every link of the page. One character more than is read, so that the cut is remarked on.
        text=args.get("q", "")[: MAX_CHARACTERS + 1],
        filters={
            name: frozenset(value[:100] for value in args.getlist(name)[:MAX_CHOSEN] if value)
            for name in CHOOSABLE
            if any(args.getlist(name))
        },
        after=_day(args.get("after")),
        before=_day(args.get("before")),
        sort=Sort(sort) if sort in set(Sort) else Sort.RELEVANCE,
        as_typed=args.get("typed") == "1",
        closest=args.get("closest") == "1",
        page=Page.parse(args.get("page"), PAGE_SIZE, last=MAX_LISTED // PAGE_SIZE),
    )


def active_chips(asked: SearchRequest) -> list[Chip]:
    """One chip for every filter in force."""
    build = UrlBuilder(asked)
    chips = [
        Chip(field, value, build.toggle(field, value))
        for field, values in asked.filters.items()
        for value in sorted(values)
    ]
    if asked.after:
        chips.append(Chip("after", asked.after.isoformat(), build.change(after="")))
    if asked.before:
        chips.append(Chip("before", asked.before.isoformat(), build.change(before="")))
    return chips


class UrlBuilder:
    """Addresses of neighbouring requests."""

    def __init__(self, asked: SearchRequest) -> None:
        self._asked = asked
        self._path = url_for("search.results")
        self._pairs = [("q", asked.text)] if asked.text else []
        self._pairs += [(name, value) for name, values in asked.filters.items() for value in sorted(values)]
        self._single = {
            "after": asked.after.isoformat() if asked.after else "",
            "before": asked.before.isoformat() if asked.before else "",
            "sort": "" if asked.sort is Sort.RELEVANCE else asked.sort.value,
            "typed": "1" if asked.as_typed else "",
            "closest": "1" if asked.closest else "",
        }
        self._chosen = [(name, value) for name, value in self._single.items() if value]
        # A page has some sixty links, and the question, which may be long, is in all of them.
        self._beginning = "".join(f"{urlencode([pair])}&" for pair in self._pairs)
        self._end = "".join(f"&{urlencode([pair])}" for pair in self._chosen)

    def change(self, **changes: Any) -> str:
        """The same request with other `q`, `after`, `before`, `sort`, `typed`, `closest` or `page`; empty takes a part out."""
        pairs = [(name, value) for name, value in self._pairs if name not in changes]
        single = {**self._single, **{name: str(value) for name, value in changes.items()}}
        return self._url(pairs + [(name, value) for name, value in single.items() if value])

    def toggle(self, field: str, value: str) -> str:
        """The same request with a filter value put in or taken out, from its first page."""
        pair = (field, value)
        if pair not in self._pairs:
            return f"{self._path}?{self._beginning}{_encoded(field, value)}{self._end}"
        return self._url([one for one in self._pairs if one != pair] + self._chosen)

    def without(self, field: str) -> str:
        """The same request without one filter field (`date` is both ends), whether it was chosen or typed."""
        text = without_typed(self._asked.text, field)
        if field == "date":
            return self.change(q=text, after="", before="")
        pairs = [one for one in self._pairs if one[0] not in ("q", field)]
        pairs = [("q", text), *pairs] if text else pairs
        return self._url(pairs + self._chosen)

    def bare(self) -> str:
        """The question alone."""
        return self._url([("q", self._asked.text)])

    def _url(self, pairs: list[tuple[str, str]]) -> str:
        return f"{self._path}?{urlencode(pairs)}"


@lru_cache(maxsize=4096)
def _encoded(field: str, value: str) -> str:
    return urlencode([(field, value)])


def without_typed(text: str, field: str) -> str:
    """A question without what it says about one filter field (`date` is both ends); as it was when it says nothing."""
    parsed = parse(text)
    if field == "date":
        rest = replace(parsed, after=None, before=None)
    else:
        kept = tuple(one for one in parsed.filters if one.excluded or FIELDS[one.field] != field)
        rest = replace(parsed, filters=kept)
    return text if rest == parsed else render(rest)


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _remember(runtime: Runtime, user_id: int, text: str) -> None:
    # The answer does not depend on it: a full disk takes no history, and people go on finding.
    with suppress(Unavailable), runtime.work() as work:
        history.remember(work, user_id, text)
