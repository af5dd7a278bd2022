"""What follows from what was found, depending on the marking of the text. The rules are data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.access import Marking
from core.errors import DomainError
from core.sensitivity.finding import find
from core.sensitivity.model import Decision, Finding, Kind, Rules

_OPEN: dict[str, Decision] = {
    **dict.fromkeys((Kind.ID_CARD, Kind.PASSPORT, Kind.BANK_ACCOUNT, Kind.IMEI, Kind.IMSI), Decision.BLOCK),
    **dict.fromkeys((Kind.NAME, Kind.PHONE, Kind.PLATE, Kind.CASE_NUMBER, Kind.EMAIL), Decision.REVIEW),
    **dict.fromkeys((Kind.COORDINATES, Kind.WALLET), Decision.REVIEW),
}
_LIMITED: dict[str, Decision] = {kind: Decision.WARN for kind in Kind if kind is not Kind.CLASSIFICATION}
# Nationally classified information is kept out of the system whatever its marking here (METHODS section 5).
_ALWAYS: dict[str, Decision] = {Kind.CLASSIFICATION: Decision.BLOCK}
DECISIONS: Mapping[Marking, Mapping[str, Decision]] = {
    Marking.CLEAR: {**_OPEN, **_ALWAYS},
    Marking.GREEN: {**_OPEN, **_ALWAYS},
    Marking.AMBER: {**_LIMITED, **_ALWAYS},
    Marking.AMBER_STRICT: {**_LIMITED, **_ALWAYS},
    Marking.RED: {**_LIMITED, **_ALWAYS},
}
OF_OTHERS = Decision.REVIEW
"""For a kind of an operator's own that no line of his file decides on."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, part by part of what was checked, and what follows."""

    decision: Decision
    found: Mapping[str, tuple[Finding, ...]]
    """Name of the part -> findings, only parts with any."""

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind: what may be logged, as it says nothing of the text."""
        kinds = [one.kind for findings in self.found.values() for one in findings]
        return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


class SensitiveText(DomainError):
    """The text holds what must not be shared like this; `checked` says what and where."""

    def __init__(self, checked: Checked, message: str = "This text holds what must not be shared like this.") -> None:
        super().__init__(message)
        self.checked = checked


def decide(findings: Iterable[Finding], marking: Marking, rules: Rules) -> Decision:
    """The strictest decision of all findings; an unsure one counts one step milder."""
    table = rules.decisions[marking]
    strictest = Decision.ALLOW
    for one in findings:
        decision = table.get(one.kind, OF_OTHERS)
        if not one.is_sure and decision > Decision.WARN:
            decision = Decision(decision - 1)
        strictest = max(strictest, decision)
    return strictest


def check(parts: Mapping[str, str], marking: Marking, rules: Rules) -> Checked:
    """Look through the named parts of something (title, text ...) and decide on the whole."""
    found = {name: findings for name, text in parts.items() if (findings := find(text, rules))}
    everything = [one for findings in found.values() for one in findings]
    return Checked(decide(everything, marking, rules), found)
