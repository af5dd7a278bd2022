"""What the lists of administration share: a page of rows that is never beyond the last, and the links between pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request

from core.paging import Page

T = TypeVar("T")
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list."""

    rows: list[T]
    total: int
    page: Page

    @property
    def pages(self) -> int:
        """Number of pages."""
        return self.page.count(self.total)

    def url(self, number: int) -> str:
        """The address of another page of the same list."""
        values = {name: value for name, value in request.args.items() if name != "page" and value}
        return f"{request.path}?{urlencode({**values, 'page': number})}"


def read_page(read: Callable[[Page], tuple[list[T], int]]) -> Listing[T]:
    """The page that is asked for; the last one where there are fewer."""
    page = Page.parse(request.args.get("page"), PAGE_SIZE)
    rows, total = read(page)
    if page.number > page.count(total):
        page = Page(page.count(total), PAGE_SIZE)
        rows, total = read(page)
    return Listing(rows, total, page)


def asked(name: str, longest: int = 200) -> str:
    """A value of the query string, tidied."""
    return " ".join(request.args.get(name, "").split())[:longest]


def number_of(text: str) -> int | None:
    """An id that somebody typed or chose; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
