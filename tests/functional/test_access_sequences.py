"""No sequence of edits, markings, moves and drains lets anybody see, count or be suggested what the rule forbids.

The rule is written down here a second time, in the words of TLP 2.0 and from the facts alone, without tokens.
"""

import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pydantic import SecretStr

from core.access import SYSTEM, Marking
from core.administration.organisations import declare_client, revoke_client
from core.clock import FixedClock
from core.errors import DomainError, NotFound
from core.paging import Page
from core.people import Role, SpaceMember, User
from core.settings import Settings
from library import queries, service
from library.drafts import WithdrawDraft
from library.service import renew_audiences
from search.embedding import HashEmbedder
from search.results import SearchRequest
from tests.factories import NOW, World, draft
from webapp.composition import build_runtime

WORDS = ("aldertree", "beechwood", "chestnut", "dogwood", "elderberry", "firtree", "gorsebush", "hawthorn", "ironwood")
"""One for each record: a word that stands in no other."""
PEOPLE = ("ada", "bela", "cyra", "dara", "lib")
ORGANISATIONS = ("north", "south", "east")

# Each example is a site of its own; shrinking a failure would take minutes, and the steps are printed as they are.
FEW = settings(max_examples=4, stateful_step_count=12, phases=(Phase.reuse, Phase.generate))

people = st.sampled_from(PEOPLE)
keepers = st.sampled_from(["author", "lib", *PEOPLE])
organisations = st.sampled_from(ORGANISATIONS)
markings = st.sampled_from(Marking)
records = st.integers(0, len(WORDS) - 1)
recipients = st.tuples(st.frozensets(organisations, max_size=2), st.frozensets(people, max_size=2), st.booleans())


@dataclass
class Person:
    """What decides about a person."""

    number: int
    organisation: str
    in_space: bool = False
    verified: bool = True
    roles: tuple[Role, ...] = ()


@dataclass
class Facts:
    """What decides about a record."""

    number: int
    author: str
    source: str
    marking: Marking
    listed: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    in_space: bool = False
    status: str = "draft"


@dataclass
class Truth:
    """The facts of a small world and who may see what in it."""

    people: dict[str, Person] = field(default_factory=dict)
    records: dict[int, Facts] = field(default_factory=dict)
    served: set[tuple[str, str]] = field(default_factory=set)

    def admits(self, name: str, record: Facts) -> bool:
        """May the person see it, published or not?"""
        person = self.people[name]
        if not person.verified or (record.in_space and not person.in_space):
            return False
        sharing = {record.source} | record.listed
        match record.marking:
            case Marking.CLEAR | Marking.GREEN:
                return True
            case Marking.AMBER_STRICT:
                return person.organisation in sharing
            case Marking.AMBER:
                return person.organisation in sharing | {client for by, client in self.served if by in sharing}
            case Marking.RED:
                return name == record.author or name in record.named

    def opens(self, name: str, record: Facts) -> bool:
        """May the person open its page?"""
        keeps = name == record.author or Role.LIBRARIAN in self.people[name].roles
        waits = record.status == "draft" and (
            record.marking is Marking.RED or (Role.LIBRARIAN in self.people[name].roles and self.people[name].verified)
        )
        return (self.admits(name, record) and (record.status == "published" or keeps or waits)) or self.reviews(
            name, record
        )

    def reviews(self, name: str, record: Facts) -> bool:
        """Does he review drafts of his own organisation that he may not read otherwise? There is no tree and no agreement here."""
        person = self.people[name]
        is_librarian = person.verified and Role.LIBRARIAN in person.roles
        is_waiting = record.status == "draft" and record.marking is not Marking.RED
        return is_librarian and is_waiting and person.organisation == record.source

    def finds(self, name: str) -> set[int]:
        """Numbers of the records he may find."""
        return {one.number for one in self.records.values() if one.status == "published" and self.admits(name, one)}

    def is_common(self, record: Facts) -> bool:
        """May every member read it?"""
        return record.status == "published" and not record.in_space and record.marking in (Marking.CLEAR, Marking.GREEN)


class Sequences(RuleBasedStateMachine):
    """Anything that may happen, in any order; after each step everybody looks at everything."""

    blank: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ipcu-sequences-"))
        shutil.copy(self.blank, self.folder / "ipcu.sqlite3")
        clock = FixedClock(NOW)
        chosen = Settings(data_dir=self.folder, secret_key=SecretStr("x" * 40), embedding="off")
        self.runtime = build_runtime(chosen, web=False, clock=clock, embedder=HashEmbedder())
        self.world, self.truth = World(self.runtime.database, clock), Truth()
        self.ids = {key: self.world.organisation(key) for key in ORGANISATIONS}
        self.space = self.world.space("desk")
        for name, home in zip(PEOPLE, ("north", "north", "south", "east", "south"), strict=True):
            roles = (Role.LIBRARIAN,) if name == "lib" else (Role.ADMINISTRATOR,) if name == "dara" else (Role.OFFICER,)
            self.truth.people[name] = Person(self.world.person(name, self.ids[home], *roles), home, roles=roles)
        for which, marking in enumerate(Marking):
            facts = Facts(0, "ada", "north", marking, frozenset({"south"}), frozenset({"dara"}))
            self._write(which, facts, publish=True)
        self.drain()

    def teardown(self) -> None:
        self.runtime.close()
        shutil.rmtree(self.folder)

    # --- what happens -------------------------------------------------------------------------------------------------

    @rule(author=people, marking=markings, shared=recipients, publish=st.booleans())
    def write(self, author, marking, shared, publish):
        person, which = self.truth.people[author], len(self.truth.records)
        listed, named, in_space = shared
        facts = Facts(0, author, person.organisation, marking, listed, named, in_space and person.in_space)
        if which < len(WORDS) and self.truth.admits(author, facts):
            self._write(which, facts, publish=publish)

    @rule(editor=keepers, which=records, marking=markings, shared=recipients)
    def edit(self, editor, which, marking, shared):
        """Whoever tries, the facts are those of the last edit that was let through."""
        which %= len(self.truth.records)
        old = self.truth.records[which]
        editor = old.author if editor == "author" else editor
        listed, named, in_space = shared
        new = Facts(old.number, old.author, old.source, marking, listed, named, in_space, old.status)
        viewer = self._viewer(editor)
        try:
            with self.world.work(viewer) as work:
                changes = {**self._draft(which, new), "organisation_id": self.ids[new.source]}
                saved = service.edit_record(work, viewer, old.number, draft(**changes))
        except DomainError:
            return
        if saved.proposal is not None:
            assert old.status == "published"
            if not saved.is_tightened:
                # Nothing is changed by what is proposed.
                return
        # Only who works on a record changes it, and only the source lets somebody see it who could not.
        assert editor in (old.author, "lib")
        assert self.truth.opens(editor, old)
        before = {name for name in PEOPLE if self.truth.admits(name, old)}
        after = {name for name in PEOPLE if self.truth.admits(name, new)}
        assert after <= before or self.truth.people[editor].organisation == old.source
        self.truth.records[which], self.is_fresh = new, False

    @rule(who=keepers, which=records)
    def publish(self, who, which):
        record = self.truth.records[which % len(self.truth.records)]
        who = record.author if who == "author" else who
        viewer = self._viewer(who)
        try:
            with self.world.work(viewer) as work:
                service.publish_record(work, viewer, record.number)
        except DomainError:
            return
        assert self.truth.opens(who, record)
        assert who == "lib" or record.marking is Marking.RED
        assert who != record.author
        record.status, self.is_fresh = "published", False

    @rule(who=keepers, which=records)
    def withdraw(self, who, which):
        record = self.truth.records[which % len(self.truth.records)]
        who = record.author if who == "author" else who
        viewer = self._viewer(who)
        try:
            with self.world.work(viewer) as work:
                service.withdraw_record(work, viewer, record.number, WithdrawDraft(reason="It is wrong"))
        except DomainError:
            return
        assert who in (record.author, "lib")
        record.status, self.is_fresh = "withdrawn", False

    @rule(who=people, where=organisations)
    def move_to_another_organisation(self, who, where):
        with self.world.work() as work:
            work.session.get(User, self.truth.people[who].number).organisation_id = self.ids[where]
        self.truth.people[who].organisation = where

    @rule(who=people)
    def join_or_leave_the_space(self, who):
        person = self.truth.people[who]
        with self.world.work() as work:
            row = work.session.get(SpaceMember, (self.space, person.number))
            if row is None:
                work.session.add(SpaceMember(space_id=self.space, user_id=person.number))
            else:
                work.session.delete(row)
        person.in_space = not person.in_space

    @rule(who=people)
    def lose_or_win_trust(self, who):
        person = self.truth.people[who]
        person.verified = not person.verified
        with self.world.work() as work:
            work.session.get(User, person.number).is_verified = person.verified

    @rule(by=organisations, client=organisations)
    def serve_or_stop_serving(self, by, client):
        if by == client:
            return
        change = revoke_client if (by, client) in self.truth.served else declare_client
        with self.world.work() as work:
            assert change(work, SYSTEM, by, client)
            renew_audiences(work, self.ids[by])
        self.truth.served ^= {(by, client)}
        self.is_fresh = False

    @rule()
    def drain(self):
        self.runtime.indexer.drain_all()
        self.runtime.reference.forget()
        self.is_fresh = True

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def pages_open_exactly_for_those_who_may(self):
        with self.runtime.reading() as session:
            for name in PEOPLE:
                viewer = self._viewer(name)
                for record in self.truth.records.values():
                    try:
                        queries.get_record(session, viewer, record.number)
                        is_open = True
                    except NotFound:
                        is_open = False
                    assert is_open == self.truth.opens(name, record), (name, record)
                listed, total = queries.list_records(session, viewer, Page(1, 50))
                assert {row.id for row in listed} == self.truth.finds(name)
                assert total == len(listed) == sum(queries.count_by_kind(session, viewer).values())

    @invariant()
    def search_shows_nothing_that_is_forbidden(self):
        with self.runtime.reading() as session:
            for name in PEOPLE:
                viewer, allowed = self._viewer(name), self.truth.finds(name)
                found = self.runtime.search.search(session, viewer, SearchRequest(page=Page(1, 50)))
                shown = {hit.ref.id for hit in found.hits}
                assert shown <= allowed
                assert found.total == len(shown)
                self._counts_are_what_clicking_lists(session, viewer, found)
                for number in sorted(allowed)[:1]:
                    ref = self.world.get(number).ref
                    similar = self.runtime.search.similar(session, viewer, ref, "Handling a seized phone")
                    assert {card.ref.id for card in similar} <= allowed
                if self.is_fresh:
                    assert shown == allowed

    def _counts_are_what_clicking_lists(self, session, viewer, found) -> None:
        """At any moment, drained or not: no number tells of what the list does not show."""
        for name in ("kind", "marking", "organisation"):
            for value, count in found.facets[name].items():
                request = SearchRequest(filters={name: frozenset({value})}, page=Page(1, 50))
                assert len(self.runtime.search.search(session, viewer, request).hits) == count, (name, value)

    @invariant()
    def only_what_every_member_may_read_is_suggested(self):
        with self.runtime.reading() as session:
            for which, record in self.truth.records.items():
                for name in PEOPLE if not self.truth.is_common(record) else ():
                    completions, cards = self.runtime.search.suggest(session, self._viewer(name), WORDS[which][:4])
                    assert {card.ref.id for card in cards} <= self.truth.finds(name)
                    assert WORDS[which] not in completions
                    misspelt = SearchRequest(WORDS[which][:-1] + "z")
                    for asked in (misspelt, replace(misspelt, as_typed=True), replace(misspelt, closest=True)):
                        answer = self.runtime.search.search(session, self._viewer(name), asked)
                        assert WORDS[which] not in str(answer.hints), (name, record, asked)

    def _write(self, which: int, facts: Facts, *, publish: bool) -> None:
        facts.number = self.world.record(self._viewer(facts.author), publish=publish, **self._draft(which, facts))
        facts.status = "published" if publish else "draft"
        self.truth.records[which], self.is_fresh = facts, False

    def _viewer(self, name: str):
        return self.world.viewer(self.truth.people[name].number)

    def _draft(self, which: int, facts: Facts) -> dict:
        return {
            "title": f"Advice on {WORDS[which]}",
            "marking": facts.marking,
            "listed_organisations": [self.ids[key] for key in facts.listed],
            "named_users": [self.truth.people[name].number for name in facts.named],
            "space_id": self.space if facts.in_space else None,
        }


def test_no_sequence_of_changes_shows_anybody_what_is_not_for_him(blank_database: Path) -> None:
    Sequences.blank = blank_database
    run_state_machine_as_test(Sequences, settings=FEW)
