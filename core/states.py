"""Life cycles as data: which states there are, which verb leads from where to where, and what must be given with it.

The use case asks its policy who may, calls `move`, and stores the state it gets. What follows from it (notices, deadlines) is
the use case's affair. Read the object in the unit of work that changes it: writers wait for each other, so a change that somebody
made meanwhile is seen and refused, never overwritten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from core.content import ContentRef
from core.errors import Conflict, Invalid
from core.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Transition:
    """One verb: from any of `sources` to `target`."""

    verb: str
    sources: tuple[str, ...]
    target: str
    wants: tuple[str, ...] = ()
    """What must be given with it, such as a reason: names of fields that may not be empty."""


@dataclass(frozen=True)
class Lifecycle:
    """The life cycle of one kind of object."""

    name: str
    """Begins the names of its audit events: `event` gives `event.cancel`."""
    initial: str
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        """Raises ValueError for two transitions of one verb, or a state that no way leads to."""
        if len(self._by_verb) != len(self.transitions):
            raise ValueError(f"{self.name}: a verb is there twice")
        reached = {self.initial} | {one.target for one in self.transitions}
        if lost := {state for one in self.transitions for state in one.sources} - reached:
            raise ValueError(f"{self.name}: no way leads to {sorted(lost)[0]!r}")

    @cached_property
    def _by_verb(self) -> dict[str, Transition]:
        return {one.verb: one for one in self.transitions}

    @property
    def states(self) -> tuple[str, ...]:
        """All states, the initial one first, in the order the transitions name them."""
        return tuple(dict.fromkeys([self.initial, *(one.target for one in self.transitions)]))

    def verbs_from(self, current: str) -> tuple[str, ...]:
        """The verbs that are possible now."""
        return tuple(one.verb for one in self.transitions if current in one.sources)

    def transition(self, verb: str) -> Transition:
        """Raises KeyError for a verb it does not have."""
        return self._by_verb[verb]

    def drawing(self) -> str:
        """The life cycle as a Mermaid state diagram, for the docs."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for one in self.transitions:
            wants = f" ({', '.join(one.wants)})" if one.wants else ""
            lines += [f"    {source} --> {one.target}: {one.verb}{wants}" for source in one.sources]
        return "\n".join(lines)


def move(
    work: UnitOfWork, lifecycle: Lifecycle, current: str, verb: str, *, ref: ContentRef, given: Mapping[str, str] = {}
) -> str:
    """The state that `verb` leads to from `current`; the change is audited without what was given.

    Raises Conflict when the verb is not possible from there, Invalid when something it wants is missing.
    """
    step = lifecycle.transition(verb)
    if current not in step.sources:
        raise Conflict("Somebody changed this meanwhile: what you asked for is not possible any more.")
    missing = [name for name in step.wants if not given.get(name, "").strip()]
    if missing:
        raise Invalid("Please check the marked fields.", dict.fromkeys(missing, "Please fill this in."))
    work.audit(f"{lifecycle.name}.{verb}", ref, before=current, after=step.target)
    return step.target
