"""Kinds of sensitive items, patterns that find them, and the rules that say what follows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from core.access import Marking


class Kind(StrEnum):
    """What the built-in patterns look for."""

    CLASSIFICATION = "classification"
    ID_CARD = "id_card"
    PASSPORT = "passport"
    BANK_ACCOUNT = "bank_account"
    WALLET = "wallet"
    IMEI = "imei"
    IMSI = "imsi"
    COORDINATES = "coordinates"
    PHONE = "phone"
    PLATE = "plate"
    CASE_NUMBER = "case_number"
    EMAIL = "email"
    NAME = "name"


LABELS: dict[str, str] = {
    Kind.CLASSIFICATION: "classification marking",
    Kind.ID_CARD: "identity card number",
    Kind.PASSPORT: "passport number",
    Kind.BANK_ACCOUNT: "bank account number",
    Kind.WALLET: "wallet address",
    Kind.IMEI: "device number (IMEI)",
    Kind.IMSI: "subscriber number (IMSI)",
    Kind.COORDINATES: "coordinates",
    Kind.PHONE: "phone number",
    Kind.PLATE: "vehicle plate",
    Kind.CASE_NUMBER: "case number",
    Kind.EMAIL: "e-mail address",
    Kind.NAME: "name of a person",
}
"""What readers call each kind, in English; webapp translates."""


class Decision(IntEnum):
    """What follows from a finding; the strictest of all findings counts."""

    ALLOW = 0
    WARN = 1
    """Told to the writer; nothing is stopped."""
    REVIEW = 2
    """A second person must agree, with a reason."""
    BLOCK = 3
    """Must be masked or removed first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sensitive item: characters `start` to `end` of the text as it was written."""

    kind: str
    start: int
    end: int
    text: str
    is_sure: bool = True
    """False when only the shape fits, without a check digit or a word beside it: one step milder when decided on."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A shape to look for in the folded text. The item is the group `it`, or the whole match without such a group."""

    kind: str
    shape: re.Pattern[str]
    near: re.Pattern[str] | None = None
    """Words of which one must stand close by; with `is_sure_alone` false they only make the finding sure."""
    needs_near: bool = True
    unless: re.Pattern[str] | None = None
    """Words just before that say it is something else."""
    holds: Callable[[str], bool] | None = None
    """Check digits, ranges and the like."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that can be set: patterns, what is switched off, which e-mail addresses count, decisions, labels."""

    patterns: tuple[Pattern, ...]
    decisions: Mapping[Marking, Mapping[str, Decision]]
    off: frozenset[str] = frozenset()
    every_email: bool = False
    """False: only addresses at the providers where private persons have theirs."""
    private_domains: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)
