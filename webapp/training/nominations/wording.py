"""What readers call the stored values of nominations."""

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from training.nominations.models import GateOutcome
from training.nominations.rules import Outcome, Rule

STATES = {
    "draft": _("Draft"),
    "submitted": _("Submitted: waits for the supervisor"),
    "endorsed": _("Endorsed: waits for the focal point"),
    "approved": _("Approved: waits for the unit"),
    "screened": _("Screened: waits for the panel"),
    "scored": _("Scored: waits for the decision"),
    "shortlisted": _("On the short list"),
    "selected": _("Selected"),
    "reserve": _("On the reserve list"),
    "not_selected": _("Not selected"),
    "confirmed": _("Confirmed by the host"),
    "travelled": _("Travelled: reports back"),
    "reported": _("Reported: shares what was learned"),
    "closed": _("Closed"),
    "withdrawn": _("Withdrawn"),
    "substituted": _("Replaced"),
}
VERBS = {
    "start": _("Begun"),
    "name": _("Named by the host"),
    "submit": _("Submit"),
    "endorse": _("Endorse"),
    "approve": _("Approve for the organisation"),
    "screen": _("Screen: every rule is met"),
    "score": _("Scored"),
    "shortlist": _("Put on the short list"),
    "select": _("Select"),
    "reserve": _("Reserve"),
    "decline": _("Decline"),
    "promote": _("Moved up from the reserve list"),
    "confirm": _("The host confirmed"),
    "travel": _("Has returned from the course"),
    "report": _("Report handed in"),
    "close": _("Duty done"),
    "withdraw": _("Withdraw"),
    "replace": _("Take the seat back"),
    "reopen": _("Appeal upheld"),
    "end": _("Take off the reserve list"),
    "appeal": _("Appeal"),
    "dismiss": _("Appeal dismissed"),
}
FIELDS = {
    "service_since": _("In service since"),
    "posting": _("Present post"),
    "district": _("District"),
    "post_topics": _("Topics of the post"),
    "birth_year": _("Year of birth"),
    "sex": _("Sex"),
    "supervisor_id": _("Supervisor"),
    "languages": _("Languages"),
    "courses": _("Courses abroad"),
    "passport_until": _("Passport valid until"),
    "clearance_until": _("Security clearance valid until"),
    "medical_until": _("Medical certificate valid until"),
    "barred_until": _("Disciplinary bar until"),
}
PARTS = {
    "service": _("Service and post"),
    "courses": _("Courses abroad"),
    "languages": _("Languages"),
    "personal": _("Year of birth, sex"),
    "papers": _("Passport, clearance, medical certificate"),
    "bar": _("Disciplinary bar"),
}
READERS = {
    "self": _("you"),
    "supervisor": _("your supervisor"),
    "focal_point": _("the focal point of your organisation"),
    "staff": _("the staff of the unit"),
}
CRITERIA = {
    "relevance": _("Relevance of the present role to the need"),
    "prerequisites": _("Prerequisites and qualifications"),
    "record": _("Training record and past course evaluations"),
    "appraisal": _("Performance appraisal, by rank within the cohort"),
    "language": _("Language and fitness for this course"),
    "plan": _("Plan to pass the knowledge on"),
}
REASONS = (
    _("%(count)s parts of the profile are missing."),
    _("The focal point has not confirmed the profile as it stands now."),
    _("The profile is complete and confirmed."),
    _("The post and the course share %(count)s topics."),
    _("The post and the course share no topic."),
    _("The profile does not say since when the officer serves."),
    _("%(years)s years of service when the course starts."),
    _("The profile does not say in which year the officer was born."),
    _("%(years)s years old in the year of the course."),
    _("Another nomination of this officer is under way."),
    _("No other nomination of this officer is under way."),
    _("Never on a course abroad."),
    _("%(years)s years since the last course abroad, which ended on %(day)s."),
    _("The profile gives no level of this language; %(wanted)s is wanted."),
    _("Level %(level)s; %(wanted)s is wanted."),
    _("The profile gives no date."),
    _("Valid until %(day)s; the course ends on %(end)s."),
    _("A report-back after an earlier course is overdue."),
    _("Nothing is owed after an earlier course, or not yet."),
    _("Barred until %(day)s."),
    _("No bar is entered."),
)
"""Sentences of the gates (`training.nominations.rules`)."""
RULES = (
    _("The officer's profile is complete and confirmed."),
    _("The course is relevant to the present post."),
    _("At least %(number)s years of service."),
    _("At most %(number)s years old for a short course."),
    _("At most %(number)s years old for a course of more than 30 days."),
    _("No other nomination is under way."),
    _("%(number)s years since the last course abroad."),
    _("The language level that the host wants."),
    _("The passport is valid through the course."),
    _("The security clearance is valid through the course."),
    _("The medical certificate is valid through the course."),
    _("No report-back is overdue."),
    _("The years of service that the host wants."),
    _("The age that the host accepts."),
    _("No disciplinary bar."),
)
"""Texts of the default rules."""


def rule_text(shown: Rule | Outcome | GateOutcome) -> str:
    """A rule in the reader's language, its number in it; a kept one as it stood then."""
    if isinstance(shown, GateOutcome):
        return str(gettext(shown.text))
    rule = shown.rule if isinstance(shown, Outcome) else shown
    return str(gettext(rule.text, number=rule.number) if "%(number)s" in rule.text else gettext(rule.text))


def rule_why(outcome: Outcome | GateOutcome) -> str:
    """Why, in the reader's language."""
    values: Mapping[str, object] = outcome.params
    return str(gettext(outcome.why, **values))


def rule_source(outcome: Outcome | GateOutcome) -> str:
    """Where the rule comes from."""
    return outcome.source if isinstance(outcome, GateOutcome) else outcome.rule.source


def state_label(state: str) -> str:
    """What a reader calls the state of a nomination."""
    return str(STATES.get(state, state))
