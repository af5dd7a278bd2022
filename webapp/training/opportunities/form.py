"""The opportunity's form: from a request or a stored row to a draft, and back to the page with its errors."""

from dataclasses import replace

from flask_babel import gettext
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from core.access import Viewer
from core.errors import DomainError, Invalid, Message
from core.people import Organisation, Space, get_organisation, list_organisations, list_spaces_of
from core.taxonomy import AREA_LABELS, TOPICS, country_names, language_names
from training.opportunities.drafts import LEVELS, OpportunityDraft
from training.opportunities.models import OpportunityKind, Payer
from training.opportunities.queries import OpportunityDetail
from webapp.forms import FormState, parse_draft
from webapp.library.form import people_by_email
from webapp.training.opportunities.wording import KINDS, PAYERS
from webapp.training.zone import bureau_zone
from webapp.wording.language import translated
from webapp.wording.vocabulary import country_label, language_label

SINGLE = (
    "kind",
    "title",
    "summary",
    "body",
    "host",
    "host_country",
    "place",
    "is_remote",
    "starts_on",
    "ends_on",
    "deadline",
    "language",
    "language_level",
    "costs",
    "payer",
    "seats",
    "seat_cap",
    "min_service_years",
    "max_age",
    "criteria",
    "documents",
    "refs",
    "tags",
    "organisation_id",
    "marking",
    "space_id",
    "revision",
)
LISTS = ("topics", "listed_organisations")


def empty_form(viewer: Viewer, marking: str) -> FormState:
    """A new opportunity of the viewer's organisation."""
    return FormState(
        values={
            "kind": OpportunityKind.COURSE.value,
            "payer": Payer.HOST.value,
            "language": "en",
            "organisation_id": str(viewer.organisation_id),
            "marking": marking,
        }
    )


def posted_form(form: MultiDict[str, str]) -> FormState:
    """What the browser sent."""
    return FormState(
        values={name: form.get(name, "") for name in (*SINGLE, "named")},
        lists={name: form.getlist(name) for name in LISTS},
    )


def form_of(detail: OpportunityDetail, emails: list[str]) -> FormState:
    """What a stored opportunity says."""
    row = detail.opportunity
    values = {name: str(found) for name in SINGLE if (found := getattr(row, name, None)) not in (None, "")}
    values |= {
        "is_remote": "1" if row.is_remote else "",
        "deadline": row.deadline.astimezone(bureau_zone()).date().isoformat(),
        "body": row.body_source,
        "documents": "\n".join(row.documents),
        "refs": ", ".join(row.refs),
        "tags": ", ".join(detail.tags),
        "named": ", ".join(emails),
    }
    listed = [str(one) for one in sorted(detail.recipients.organisations)]
    return FormState(values=values, lists={"topics": detail.topics, "listed_organisations": listed})


def draft_of(session: Session, form: FormState) -> OpportunityDraft:
    """The validated draft. Raises Invalid with a sentence for each field."""
    named = form.values.get("named", "")
    people = people_by_email(session, named)
    addresses = [part.strip().casefold() for part in named.replace(";", ",").split(",") if part.strip()]
    if any(address not in people for address in addresses):
        raise Invalid(
            "One of the named persons is not known.", {"named": Message("Nobody has one of these addresses.")}
        )
    raw: dict[str, object] = {**form.values, **form.lists}
    raw["named_users"] = [people[address] for address in addresses]
    return parse_draft(OpportunityDraft, raw)


def failed(form: FormState, error: DomainError) -> FormState:
    """The same form with what was wrong."""
    errors = dict(error.fields) if isinstance(error, Invalid) else {}
    if "named_users" in errors:
        errors["named"] = errors.pop("named_users")
    return replace(form, errors=errors, message=error.message)


def choices(session: Session, viewer: Viewer) -> dict[str, object]:
    """What may be chosen in the form."""
    bodies: list[Organisation] = list_organisations(session)
    spaces: list[Space] = list_spaces_of(session, viewer.user_id)
    return {
        "kinds": [(key, str(label)) for key, label in KINDS.items()],
        "payers": [(key, str(label)) for key, label in PAYERS.items()],
        "levels": [(level, level or gettext("none")) for level in LEVELS],
        "languages": [(code, language_label(code)) for code in language_names()],
        "countries": [
            ("", ""),
            *sorted(((code, country_label(code)) for code in country_names()), key=lambda pair: pair[1]),
        ],
        "topics": [
            (translated(AREA_LABELS[area]), [(slug, translated(label)) for slug, label in topics.items()])
            for area, topics in TOPICS.items()
        ],
        "organisations": bodies,
        "sources": [(one.id, one.name) for one in bodies],
        "spaces": spaces,
        "default_marking": get_organisation(session, viewer.organisation_id).default_marking,
    }
