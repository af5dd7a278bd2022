"""The gates: which rules a nomination must pass, each with its text, its source and what it says of one officer. Pure.

A rule is a default that the unit may change: switched off, another number, another wording. Each answer says why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from training.nominations.models import OfficerProfile
from training.opportunities.drafts import LEVELS
from training.opportunities.models import Opportunity

YEAR = 365.25
LONG_DAYS = 30
"""A course of more days counts as long."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One gate as it stands now."""

    code: str
    text: str
    """`%(number)s` stands for its number."""
    source: str
    number: int | None = None
    is_active: bool = True


DEFAULTS: tuple[Rule, ...] = (
    Rule("profile", "The officer's profile is complete and confirmed.", "InTouch+, profile gate"),
    Rule("relevance", "The course is relevant to the present post.", "Nepal and Sri Lanka, nomination rules"),
    Rule("service", "At least %(number)s years of service.", "Sri Lanka (3 years); India (7 and 9 years)", 3),
    Rule("age_short", "At most %(number)s years old for a short course.", "India, age ceiling by length", 52),
    Rule(
        "age_long",
        "At most %(number)s years old for a course of more than 30 days.",
        "India, age ceiling by length",
        45,
    ),
    Rule("one_live", "No other nomination is under way.", "Sri Lanka, one live nomination at a time"),
    Rule("cool_off", "%(number)s years since the last course abroad.", "Sri Lanka (3 years)", 3, False),
    Rule("language", "The language level that the host wants.", "Host's criteria"),
    Rule("passport", "The passport is valid through the course.", "InTouch+, documents"),
    Rule("clearance", "The security clearance is valid through the course.", "InTouch+, documents"),
    Rule("medical", "The medical certificate is valid through the course.", "InTouch+, documents", None, False),
    Rule("report_back", "No report-back is overdue.", "Own rule: report-back duty"),
    Rule("host_service", "The years of service that the host wants.", "Host's criteria"),
    Rule("host_age", "The age that the host accepts.", "Host's criteria"),
    Rule("bar", "No disciplinary bar.", "General rule of service"),
)
BY_CODE = {rule.code: rule for rule in DEFAULTS}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gates look at."""

    profile: OfficerProfile
    opportunity: Opportunity
    topics: Sequence[str]
    """Of the opportunity."""
    today: date
    missing: Sequence[str] = ()
    """Parts of the profile that are not filled in."""
    has_other_live: bool = False
    has_overdue_report: bool = False
    last_abroad: date | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gate says: the rule, yes or no, and a sentence with its values."""

    rule: Rule
    is_passed: bool
    why: str
    params: Mapping[str, Any] = field(default_factory=dict)


Answer = tuple[bool, str, dict[str, Any]]


def check(rules: Sequence[Rule], facts: Facts) -> list[Outcome]:
    """Every active gate that applies, in order."""
    found = []
    for rule in rules:
        answer = _CHECKS[rule.code](rule, facts) if rule.is_active else None
        if answer is not None:
            found.append(Outcome(rule, *answer))
    return found


def _profile(_rule: Rule, facts: Facts) -> Answer:
    if facts.missing:
        return False, "%(count)s parts of the profile are missing.", {"count": len(facts.missing)}
    if not facts.profile.is_confirmed:
        return False, "The focal point has not confirmed the profile as it stands now.", {}
    return True, "The profile is complete and confirmed.", {}


def _relevance(_rule: Rule, facts: Facts) -> Answer | None:
    if not facts.topics:
        return None
    shared = sorted(set(facts.topics).intersection(facts.profile.post_topics))
    if shared:
        return True, "The post and the course share %(count)s topics.", {"count": len(shared)}
    return False, "The post and the course share no topic.", {}


def _service(rule: Rule, facts: Facts) -> Answer:
    return _years_of_service(rule.number or 0, facts)


def _host_service(_rule: Rule, facts: Facts) -> Answer | None:
    wanted = facts.opportunity.min_service_years
    return None if wanted is None else _years_of_service(wanted, facts)


def _years_of_service(wanted: int, facts: Facts) -> Answer:
    since = facts.profile.service_since
    if since is None:
        return False, "The profile does not say since when the officer serves.", {}
    years = int((facts.opportunity.starts_on - since).days / YEAR)
    return years >= wanted, "%(years)s years of service when the course starts.", {"years": years}


def _age_short(rule: Rule, facts: Facts) -> Answer | None:
    return _age(rule.number, facts) if facts.opportunity.days <= LONG_DAYS else None


def _age_long(rule: Rule, facts: Facts) -> Answer | None:
    return _age(rule.number, facts) if facts.opportunity.days > LONG_DAYS else None


def _host_age(_rule: Rule, facts: Facts) -> Answer | None:
    return _age(facts.opportunity.max_age, facts)


def _age(most: int | None, facts: Facts) -> Answer | None:
    if most is None:
        return None
    born = facts.profile.birth_year
    if born is None:
        return False, "The profile does not say in which year the officer was born.", {}
    years = facts.opportunity.starts_on.year - born
    return years <= most, "%(years)s years old in the year of the course.", {"years": years}


def _one_live(_rule: Rule, facts: Facts) -> Answer:
    if facts.has_other_live:
        return False, "Another nomination of this officer is under way.", {}
    return True, "No other nomination of this officer is under way.", {}


def _cool_off(rule: Rule, facts: Facts) -> Answer:
    if facts.last_abroad is None:
        return True, "Never on a course abroad.", {}
    years = (facts.opportunity.starts_on - facts.last_abroad).days / YEAR
    told = {"years": int(years), "day": facts.last_abroad.isoformat()}
    return years >= (rule.number or 0), "%(years)s years since the last course abroad, which ended on %(day)s.", told


def _language(_rule: Rule, facts: Facts) -> Answer | None:
    wanted = facts.opportunity.language_level
    if not wanted:
        return None
    level = next((one["level"] for one in facts.profile.languages if one["code"] == facts.opportunity.language), "")
    if not level:
        return False, "The profile gives no level of this language; %(wanted)s is wanted.", {"wanted": wanted}
    told = {"level": level, "wanted": wanted}
    return LEVELS.index(level) >= LEVELS.index(wanted), "Level %(level)s; %(wanted)s is wanted.", told


def _passport(_rule: Rule, facts: Facts) -> Answer | None:
    return None if facts.opportunity.is_remote else _valid(facts.profile.passport_until, facts)


def _clearance(_rule: Rule, facts: Facts) -> Answer:
    return _valid(facts.profile.clearance_until, facts)


def _medical(_rule: Rule, facts: Facts) -> Answer | None:
    return None if facts.opportunity.is_remote else _valid(facts.profile.medical_until, facts)


def _valid(until: date | None, facts: Facts) -> Answer:
    if until is None:
        return False, "The profile gives no date.", {}
    told = {"day": until.isoformat(), "end": facts.opportunity.ends_on.isoformat()}
    return until >= facts.opportunity.ends_on, "Valid until %(day)s; the course ends on %(end)s.", told


def _report_back(_rule: Rule, facts: Facts) -> Answer:
    if facts.has_overdue_report:
        return False, "A report-back after an earlier course is overdue.", {}
    return True, "Nothing is owed after an earlier course, or not yet.", {}


def _bar(_rule: Rule, facts: Facts) -> Answer:
    until = facts.profile.barred_until
    if until is not None and until >= facts.today:
        return False, "Barred until %(day)s.", {"day": until.isoformat()}
    return True, "No bar is entered.", {}


_CHECKS: dict[str, Callable[[Rule, Facts], Answer | None]] = {
    "profile": _profile,
    "relevance": _relevance,
    "service": _service,
    "age_short": _age_short,
    "age_long": _age_long,
    "one_live": _one_live,
    "cool_off": _cool_off,
    "language": _language,
    "passport": _passport,
    "clearance": _clearance,
    "medical": _medical,
    "report_back": _report_back,
    "host_service": _host_service,
    "host_age": _host_age,
    "bar": _bar,
}
