"""Findings of a sensitivity check as a page shows them: kind, place and the words around, and masks in readers' words."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from core.sensitivity import Checked, Decision, Finding, Rules, find, mask
from webapp.wording.language import translated

AROUND = 40
"""Characters shown on either side of a finding."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding on a page."""

    kind: str
    place: str
    before: str
    item: str
    after: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class SensitivePanel:
    """All findings of a text, and what the viewer may do about them."""

    items: list[Shown]
    is_blocked: bool
    may_accept: bool
    reason: str = ""


def panel(
    checked: Checked,
    parts: Mapping[str, str],
    names: Mapping[str, str],
    rules: Rules,
    *,
    may_accept: bool,
    reason: str = "",
) -> SensitivePanel:
    """What to show of a check: `parts` are the texts that were checked, `names` what readers call each."""
    items = [
        _shown(one, parts[part], names.get(part, part), rules) for part, found in checked.found.items() for one in found
    ]
    is_blocked = checked.decision is Decision.BLOCK
    return SensitivePanel(items, is_blocked, may_accept and not is_blocked, reason)


def masked(text: str, rules: Rules) -> str:
    """The text with every finding masked in the reader's language."""
    return mask(text, find(text, rules), lambda kind: label(kind, rules))


def label(kind: str, rules: Rules) -> str:
    """What a reader calls a kind."""
    return translated(rules.labels.get(kind, kind))


def in_short(checked: Checked, rules: Rules) -> str:
    """The kinds with their numbers: `phone number (2), vehicle plate (1)`."""
    return ", ".join(f"{label(kind, rules)} ({count})" for kind, count in checked.counts.items())


def _shown(one: Finding, text: str, name: str, rules: Rules) -> Shown:
    line = text.count("\n", 0, one.start) + 1
    before, after = text[max(0, one.start - AROUND) : one.start], text[one.end : one.end + AROUND]
    return Shown(
        kind=label(one.kind, rules),
        place=_("%(part)s, line %(line)s", part=name, line=line) if "\n" in text else name,
        before=before.rpartition("\n")[2],
        item=one.text,
        after=after.partition("\n")[0],
        is_sure=one.is_sure,
    )
