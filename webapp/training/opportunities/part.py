"""How opportunities, nominations and the ledger are registered with the house."""

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlmodel import Session

from core.access import Viewer
from training.nominations import models as nomination_models
from training.nominations import queries as nominations
from training.nominations import service as nominating
from training.nominations.models import KIND as NOMINATION
from training.nominations.models import PROFILE
from training.opportunities import models, queries, service
from training.opportunities.models import KIND
from training.opportunities.source import KIND_LABEL, OpportunitySource
from webapp.part import Address, HomePanel, NavigationItem, Part, PeriodicJob, Services
from webapp.training import conveyor
from webapp.training.demo import load_training
from webapp.training.ledger import views as ledger
from webapp.training.nominations import panel, profiles
from webapp.training.nominations import views as nomination_views
from webapp.training.nominations.wording import rule_source, rule_text, rule_why, state_label
from webapp.training.opportunities import views
from webapp.training.opportunities.wording import STATES, STATUS_WORDS
from webapp.wording.language import day

HOUR = 3600.0


def opportunity_state(state: str) -> str:
    """What a reader calls the state of an opportunity."""
    return str(STATES.get(state, state))


def moment_day(text: str) -> str:
    """The day of a moment that a card holds as text, as the reader's language and time zone have it."""
    return day(datetime.fromisoformat(text))


def _open_now(session: Session, viewer: Viewer) -> dict[str, object]:
    return {
        "open": queries.list_deadlines(session, viewer)[:5],
        "waiting": nominations.list_waiting(session, viewer),
    }


def _remind(services: Services) -> None:
    with services.work() as work:
        nominating.remind(work)


OPPORTUNITIES = Part(
    name="training",
    blueprints=(
        views.blueprint,
        nomination_views.blueprint,
        profiles.blueprint,
        panel.blueprint,
        ledger.blueprint,
        conveyor.blueprint,
    ),
    models=(models, nomination_models),
    sources=lambda _clock: (OpportunitySource(),),
    addresses={
        KIND: Address("opportunities.show", "opportunity_id"),
        NOMINATION: Address("nominations.show", "nomination_id"),
        PROFILE: Address("profiles.show", "user_id"),
    },
    titles={
        KIND: queries.find_titles,
        NOMINATION: nominations.find_titles,
        PROFILE: nominations.find_profile_titles,
    },
    badges={KIND: "opportunities/_badges.html"},
    icons={KIND: "airplane"},
    values={"kind": {KIND: KIND_LABEL}, "status": STATUS_WORDS},
    aliases={"kind": {"opportunity": KIND}},
    notices={
        "profile.confirmed": _("Your profile was confirmed."),
        "panel.added": _("You are asked to score candidates."),
        "nomination.named": _("A host asked for you: look at your nomination."),
        "nomination.to_endorse": _("A nomination waits for your endorsement."),
        "nomination.submitted": _("Your nomination was submitted."),
        "nomination.endorsed": _("Your nomination was endorsed."),
        "nomination.approved": _("Your nomination was approved by your organisation."),
        "nomination.screened": _("Your nomination meets every rule and goes to the panel."),
        "nomination.shortlisted": _("You are on the short list."),
        "nomination.selected": _("You were selected."),
        "nomination.reserve": _("You are on the reserve list."),
        "nomination.not_selected": _("You were not selected; the reason stands on your nomination."),
        "nomination.confirmed": _("The host confirmed your seat."),
        "nomination.travelled": _("You owe a report-back; its dates stand on your nomination."),
        "nomination.closed": _("Your report-back is done."),
        "nomination.withdrawn": _("Your nomination was withdrawn."),
        "nomination.substituted": _("Your seat was given to somebody else; the reason stands on your nomination."),
        "nomination.dismissed": _("Your appeal was dismissed; the reason stands on your nomination."),
        "nomination.deadline": _("The deadline for your nomination is near; it is still a draft."),
        "nomination.report_due": _("A report-back falls due."),
        "nomination.report_overdue": _("A report-back is overdue."),
    },
    navigation=(
        NavigationItem(
            "opportunities.browse",
            _("Opportunities"),
            "airplane",
            same_place=(
                "opportunities.show",
                "nominations.desk",
                "nominations.show",
                "nominations.board",
                "ledger.index",
            ),
        ),
    ),
    panels=(HomePanel("opportunities/_home.html", _open_now),),
    globals={
        "moment_day": moment_day,
        "opportunity_state": opportunity_state,
        "rule_text": rule_text,
        "rule_why": rule_why,
        "rule_source": rule_source,
        "state_label": state_label,
    },
    jobs=(PeriodicJob("training.reminders", lambda _settings: HOUR, _remind),),
    demo=load_training,
    renew_audiences=service.renew_audiences,
)
