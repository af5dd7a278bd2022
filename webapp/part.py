"""What a domain registers with the house: one `Part`, and the registry that everybody asks instead of naming a domain.

`webapp/parts.py` lists the parts of the product; tests register one more in the same way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from types import ModuleType
from typing import Any, Protocol, TypeVar

import click
from flask import Blueprint, current_app, request, url_for
from flask_babel import LazyString
from sqlmodel import Session

from core.access import Viewer
from core.attachments import Host
from core.clock import Clock
from core.content import ContentRef
from core.files import FileStore
from core.people import Role
from core.settings import Settings
from core.sources import ContentSource
from core.uow import UnitOfWork
from webapp.stage import DemoStage

T = TypeVar("T")


class Services(Protocol):
    """What the running system offers to a part's jobs and commands; `webapp.runtime.Runtime` is one."""

    @property
    def settings(self) -> Settings:
        """The settings of this process."""

    @property
    def parts(self) -> "Parts":
        """The parts of the running system."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def files(self) -> FileStore:
        """Where files live."""

    def work(self, viewer: Viewer | None = None, address: str = "") -> UnitOfWork:
        """A unit of work done by `viewer`, or by the system."""

    def reading(self) -> AbstractContextManager[Session]:
        """A session for reads."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where objects of one kind are shown.

    With a `parameter` the endpoint has a page for each object; without one all of them stand on one page, each under the
    fragment `anchor-<id>`.
    """

    endpoint: str
    parameter: str = ""
    anchor: str = ""

    def url(self, object_id: int, *, is_external: bool = False) -> str:
        """The address of one object. Needs an application context."""
        if self.parameter:
            values: dict[str, Any] = {self.parameter: object_id}
            return url_for(self.endpoint, _external=is_external, **values)
        return f"{url_for(self.endpoint, _external=is_external)}#{self.anchor}-{object_id}"


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the main navigation."""

    endpoint: str
    label: LazyString
    icon: str
    same_place: tuple[str, ...] = ()
    """Further endpoints on which the entry is the current one."""
    roles: tuple[Role, ...] = ()
    """Who sees it; empty: everybody."""

    @property
    def url(self) -> str:
        """Its address."""
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        """True on its own page."""
        return request.endpoint in (self.endpoint, *self.same_place)

    def is_for(self, viewer: Viewer) -> bool:
        """True when this viewer sees the entry."""
        return not self.roles or viewer.has(*self.roles)


@dataclass(frozen=True, slots=True)
class HomePanel:
    """A panel of the first page: a template, and what it shows to one viewer (available there as `values`)."""

    template: str
    load: Callable[[Session, Viewer], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Related:
    """What a part has about an object of another one, shown on that object's page (available there as `values`)."""

    template: str
    load: Callable[[Session, Viewer, ContentRef], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Work done now and then by whoever runs the jobs. It must be idempotent: a missed hour is caught up by the next run."""

    name: str
    """Its name in the queue: the part's name first, as in `forums.digest`."""
    every: Callable[[Settings], float]
    """Seconds between two runs."""
    run: Callable[[Services], None]
    limit_seconds: float = 600.0
    """Longest run of a worker."""


@dataclass(frozen=True, slots=True)
class Part:
    """A domain as the house knows it. Everything but the name may be left out."""

    name: str
    """The name of its package."""
    blueprints: tuple[Blueprint, ...] = ()
    models: tuple[ModuleType, ...] = ()
    """Modules with its tables, for the migrations."""
    sources: Callable[[Clock], Sequence[ContentSource]] = lambda _clock: ()
    hosts: tuple[Host, ...] = ()
    """For its kinds of content that have files: who may see and change them."""
    addresses: Mapping[str, Address] = field(default_factory=dict)
    """Kind of content to where it is shown."""
    titles: Mapping[str, Callable[[Session, Viewer, Sequence[int]], Mapping[int, str]]] = field(default_factory=dict)
    """Kind of content to a read that gives the titles of those ids the viewer may see."""
    badges: Mapping[str, str] = field(default_factory=dict)
    """Kind of content to the template whose macro `badges(card)` draws its badges in a result list."""
    icons: Mapping[str, str] = field(default_factory=dict)
    """Kind of content to the icon beside its title in suggestions."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Facet to its stored values with the English words a reader knows them by; they are translated where they are shown."""
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Facet to further words that people may type after `field:`, each with the stored value."""
    notices: Mapping[str, LazyString] = field(default_factory=dict)
    """Event to the sentence that tells of it; the notice leads to the object's address."""
    navigation: tuple[NavigationItem, ...] = ()
    panels: tuple[HomePanel, ...] = ()
    related: tuple[Related, ...] = ()
    """What it has about objects of other parts."""
    commands: tuple[click.Command, ...] = ()
    globals: Mapping[str, object] = field(default_factory=dict)
    """What its templates may call."""
    jobs: tuple[PeriodicJob, ...] = ()
    demo: Callable[[DemoStage], None] | None = None
    """Adds its content to the demo, after the parts listed before it."""
    renew_audiences: Callable[[UnitOfWork, int], int] | None = None
    """Works out anew who sees what an organisation marked or is shared with; the number of objects changed."""


class Parts:
    """The parts of a running system. Immutable."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = tuple(parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)

    def sources(self, clock: Clock) -> list[ContentSource]:
        """The content sources of all parts."""
        return [source for part in self._parts for source in part.sources(clock)]

    @cached_property
    def hosts(self) -> Mapping[str, Host]:
        """Kind of content to what answers for its files."""
        return _merged({host.kind: host for host in part.hosts} for part in self._parts)

    @cached_property
    def addresses(self) -> Mapping[str, Address]:
        """Kind of content to where it is shown."""
        return _merged(part.addresses for part in self._parts)

    @cached_property
    def badges(self) -> Mapping[str, str]:
        """Kind of content to the template of its badges."""
        return _merged(part.badges for part in self._parts)

    @cached_property
    def icons(self) -> Mapping[str, str]:
        """Kind of content to its icon."""
        return _merged(part.icons for part in self._parts)

    @cached_property
    def notices(self) -> Mapping[str, LazyString]:
        """Event to the sentence that tells of it."""
        return _merged(part.notices for part in self._parts)

    @cached_property
    def values(self) -> Mapping[str, Mapping[str, str]]:
        """Facet to its values with their words, those of all parts together."""
        facets = {facet for part in self._parts for facet in part.values}
        return {facet: _merged(part.values.get(facet, {}) for part in self._parts) for facet in facets}

    @cached_property
    def aliases(self) -> Mapping[str, Mapping[str, str]]:
        """Facet to further typed words with the stored value."""
        facets = {facet for part in self._parts for facet in part.aliases}
        return {facet: _merged(part.aliases.get(facet, {}) for part in self._parts) for facet in facets}

    @property
    def navigation(self) -> tuple[NavigationItem, ...]:
        """Entries of all parts in the main navigation."""
        return tuple(item for part in self._parts for item in part.navigation)

    @property
    def panels(self) -> tuple[HomePanel, ...]:
        """Panels of all parts on the first page."""
        return tuple(panel for part in self._parts for panel in part.panels)

    def related(self, session: Session, viewer: Viewer, ref: ContentRef) -> list[dict[str, object]]:
        """What all parts have about an object: a template and its values each."""
        found = (one for part in self._parts for one in part.related)
        return [{"template": one.template, **one.load(session, viewer, ref)} for one in found]

    @property
    def jobs(self) -> tuple[PeriodicJob, ...]:
        """Periodic work of all parts."""
        return tuple(job for part in self._parts for job in part.jobs)

    def url_of(self, ref: ContentRef, *, is_external: bool = False) -> str:
        """The address of an object; empty for a kind that nobody shows. Needs an application context."""
        address = self.addresses.get(ref.kind)
        if address is None or address.endpoint not in current_app.view_functions:
            return ""
        return address.url(ref.id, is_external=is_external)

    def has_titles(self, kind: str) -> bool:
        """True when some part tells who may know of objects of this kind."""
        return any(kind in part.titles for part in self._parts)

    def titles(self, session: Session, viewer: Viewer, refs: Iterable[ContentRef]) -> dict[ContentRef, str]:
        """Titles of those objects the viewer may see now; the others are left out. One read a kind."""
        reads = _merged(part.titles for part in self._parts)
        found: dict[ContentRef, str] = {}
        for kind, group in groupby(sorted(set(refs)), key=lambda ref: ref.kind):
            if kind in reads:
                titles = reads[kind](session, viewer, [ref.id for ref in group])
                found.update((ContentRef(kind, number), title) for number, title in titles.items())
        return found

    def renew_audiences(self, work: UnitOfWork, organisation_id: int) -> int:
        """Have every part work out anew who sees what the organisation marked; the number of objects changed."""
        return sum(part.renew_audiences(work, organisation_id) for part in self._parts if part.renew_audiences)


def _merged(mappings: Iterable[Mapping[str, T]]) -> dict[str, T]:
    """All of them as one. Raises ValueError for a name that two parts claim."""
    merged: dict[str, T] = {}
    for mapping in mappings:
        if twice := merged.keys() & mapping.keys():
            raise ValueError(f"two parts claim {sorted(twice)[0]!r}")
        merged.update(mapping)
    return merged
