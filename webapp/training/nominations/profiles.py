"""Officers' profiles: one's own, and those one may see."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from core.errors import Conflict, Invalid
from core.people import User, get_organisation
from core.taxonomy import AREA_LABELS, TOPICS
from training.nominations import policy, queries, service
from training.nominations.drafts import ProfileDraft
from training.nominations.queries import ProfileView
from webapp.errors import problem_of
from webapp.forms import FormState, parse_draft
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.training.nominations.wording import FIELDS, PARTS, READERS
from webapp.wording.language import translated
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("profiles", __name__, template_folder="templates")
SINGLE = (
    "service_since",
    "posting",
    "district",
    "birth_year",
    "sex",
    "supervisor_id",
    "languages",
    "courses",
    "passport_until",
    "clearance_until",
    "medical_until",
    "barred_until",
    "revision",
)


@blueprint.get("/training/profile")
def mine() -> Response:
    """One's own profile."""
    return redirect(url_for("profiles.show", user_id=viewer().user_id), 303)


@blueprint.get("/training/profile/<int:user_id>")
def show(user_id: int) -> str:
    """A profile, in the parts that are for the reader."""
    with current_runtime().reading() as session:
        seen = queries.get_profile(session, viewer(), user_id, current_runtime().clock.now())
        return _page(session, seen, _form_of(seen))


@blueprint.post("/training/profile/<int:user_id>")
def save(user_id: int) -> Response | tuple[str, int]:
    """Correct a profile. What was typed is never lost."""
    form = FormState(
        values={name: request.form.get(name, "") for name in SINGLE},
        lists={"post_topics": request.form.getlist("post_topics")},
    )
    try:
        with current_runtime().work(viewer()) as work:
            draft = parse_draft(ProfileDraft, {**form.values, **form.lists})
            service.save_profile(work, viewer(), user_id, draft)
    except (Invalid, Conflict) as error:
        with current_runtime().reading() as session:
            seen = queries.get_profile(session, viewer(), user_id, current_runtime().clock.now())
            fields = error.fields if isinstance(error, Invalid) else {}
            values = {**form.values, "revision": str(seen.profile.revision)}
            form = replace(form, values=values, errors=fields, message=error.message)
            return _page(session, seen, form), problem_of(error).status
    flash(_("Saved. The focal point of the organisation confirms it."), "success")
    return redirect(url_for("profiles.show", user_id=user_id), 303)


@blueprint.post("/training/profile/<int:user_id>/confirm")
def confirm(user_id: int) -> Response:
    """Say that a profile is right as it stands."""
    revision = request.form.get("revision", "")
    with current_runtime().work(viewer()) as work:
        service.confirm_profile(
            work, viewer(), user_id, int(revision) if revision.isdecimal() and len(revision) < 9 else 0
        )
    flash(_("Confirmed."), "success")
    return redirect(url_for("profiles.show", user_id=user_id), 303)


def _page(session: Session, seen: ProfileView, form: FormState) -> str:
    profile = seen.profile
    return render_template(
        "nominations/profile.html",
        seen=seen,
        profile=profile,
        form=form,
        organisation=get_organisation(session, seen.user.organisation_id),
        supervisor=session.get(User, profile.supervisor_id) if profile.supervisor_id else None,
        confirmer=session.get(User, profile.confirmed_by) if profile.confirmed_by else None,
        missing=policy.missing_in(profile),
        per_cent=policy.completeness(profile),
        can_edit=policy.can_edit_profile(seen.reader),
        can_confirm=policy.can_confirm(seen.reader),
        can_bar=policy.can_bar(seen.reader),
        colleagues=_colleagues(session, seen.user),
        topics=[
            (translated(AREA_LABELS[area]), [(slug, translated(label)) for slug, label in topics.items()])
            for area, topics in TOPICS.items()
        ],
        words=vocabulary(session),
        fields=FIELDS,
        parts=PARTS,
        readers={part: [READERS[one] for one in READERS if one in found] for part, found in policy.READERS.items()},
    )


def _colleagues(session: Session, user: User) -> list[tuple[str, str]]:
    """Who can be a supervisor: people of the same organisation; names are known to every member."""
    rows = select(User).where(User.organisation_id == user.organisation_id, User.is_active, User.id != user.id)
    return [
        ("", ""),
        *((str(one.id), f"{one.name}, {one.rank}") for one in session.exec(rows.order_by(col(User.name)))),
    ]


def _form_of(seen: ProfileView) -> FormState:
    profile = seen.profile
    values = {name: str(found) for name in SINGLE if (found := getattr(profile, name)) not in (None, "")}
    values["languages"] = "\n".join(f"{one['code']} {one['level']} {one['proof']}".strip() for one in profile.languages)
    values["courses"] = "\n".join(f"{one['ended']} {one['country']} {one['title']}" for one in profile.courses)
    return FormState(values=values, lists={"post_topics": list(profile.post_topics)})
