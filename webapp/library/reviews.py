"""What waits for a second person: drafts, proposed revisions; and the versions of a record."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.errors import Conflict, DomainError, Invalid, require
from core.people import User, get_user, names_of_organisations
from core.sensitivity import Checked, Decision, SensitiveText
from library import policy, queries, reviewing, service
from library.content import GRADE, RecordContent
from library.drafts import AcceptDraft, ReturnDraft
from library.kinds import KINDS
from library.models import RecordKind, RecordRevision
from library.sensitivity import texts_of_content
from webapp.errors import problem_of
from webapp.forms import FormState, parse_draft
from webapp.library.comparison import changed_parts
from webapp.library.form import effect_choices, strength_choices
from webapp.library.publishing import can_open, grade_sent, who_publishes
from webapp.library.sensitive import panel_of, warning
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("reviews", __name__, template_folder="templates")


@blueprint.get("/library/review")
def queue() -> str:
    """What the viewer can publish or accept, and what became of his own proposals."""
    me = viewer()
    with current_runtime().reading() as session:
        drafts = reviewing.list_waiting_drafts(session, me)
        proposals = reviewing.list_waiting_proposals(session, me)
        own = reviewing.list_own_proposals(session, me)
        ids = {record.organisation_id for record in drafts} | {record.organisation_id for _one, record in proposals}
        return render_template(
            "library/review.html",
            drafts=drafts,
            proposals=proposals,
            own=own,
            kinds=KINDS,
            people=_people(session, [one for one, _record in (*proposals, *own)]),
            organisations=names_of_organisations(session, ids),
        )


@blueprint.get("/revisions/<int:revision_id>")
def show(revision_id: int) -> str:
    """A proposed revision beside what the record says now."""
    return _page(revision_id, FormState())


@blueprint.post("/revisions/<int:revision_id>/accept")
def accept(revision_id: int) -> Response | tuple[str, int]:
    """Make a proposal the current version, unless it holds what must not be shared."""
    runtime, me, reason = current_runtime(), viewer(), request.form.get("sensitivity_reason", "")
    values = {**grade_sent(), **{name: request.form.get(name, "") for name in ("stamp", "revision")}}
    try:
        draft = parse_draft(AcceptDraft, values)
        with runtime.work(me) as work:
            checked = service.check_proposal(work, me, revision_id, runtime.sensitivity, reason=reason)
            record = service.accept_revision(work, me, revision_id, draft)
            record_id = record.ref.id
    except SensitiveText as error:
        return _page(revision_id, FormState(values, message=error.message), error.checked, reason), 422
    except (Invalid, Conflict) as error:
        return _refused(revision_id, values, error)
    flash(_("Accepted. It is the current version now."), "success")
    if checked.decision is Decision.WARN:
        flash(warning(checked, runtime.sensitivity), "warning")
    with runtime.reading() as session:
        is_open = can_open(session, me, record_id)
    return redirect(url_for("library.show", record_id=record_id) if is_open else url_for("reviews.queue"), 303)


@blueprint.post("/revisions/<int:revision_id>/return")
def send_back(revision_id: int) -> Response | tuple[str, int]:
    """Send a proposal back to its writer, with the reason."""
    values = {name: request.form.get(name, "") for name in ("reason", "stamp")}
    try:
        draft = parse_draft(ReturnDraft, values)
        with current_runtime().work(viewer()) as work:
            service.return_revision(work, viewer(), revision_id, draft)
    except (Invalid, Conflict) as error:
        return _refused(revision_id, values, error)
    flash(_("Sent back. Its writer is told the reason."), "success")
    return redirect(url_for("reviews.queue"), 303)


@blueprint.post("/revisions/<int:revision_id>/take-back")
def take_back(revision_id: int) -> Response:
    """The writer no longer proposes it."""
    with current_runtime().work(viewer()) as work:
        record_id = service.take_back_revision(work, viewer(), revision_id).record_id
    flash(_("Taken back. The record stays as it is."), "success")
    return redirect(url_for("library.show", record_id=record_id), 303)


@blueprint.get("/records/<int:record_id>/history")
def history(record_id: int) -> str:
    """The versions of a record: who, when and why for its readers, what was changed for those who work on it."""
    me = viewer()
    with current_runtime().reading() as session:
        record = queries.get_record(session, me, record_id)
        versions = reviewing.list_versions(session, record_id)
        chosen = request.args.get("version", type=int)
        place = next((at for at, one in enumerate(versions) if one.id == chosen), None)
        may_compare = policy.can_see_history(me, record)
        changes = None
        if place is not None:
            require(may_compare, "What earlier versions said is for those who work on the record.")
            after = RecordContent.model_validate(versions[place].content)
            before = RecordContent.model_validate(versions[place + 1].content) if versions[place + 1 :] else None
            changes = changed_parts(session, before, after) if before else []
        return render_template(
            "library/history.html",
            record=record,
            versions=versions,
            chosen=versions[place] if place is not None else None,
            changes=changes,
            may_compare=may_compare,
            people=_people(session, versions),
            author=get_user(session, record.author_id),
            publisher=get_user(session, record.published_by) if record.published_by else None,
        )


def _refused(revision_id: int, values: dict[str, str], error: DomainError) -> tuple[str, int]:
    fields = error.fields if isinstance(error, Invalid) else {}
    form = FormState(values, errors=fields, message=error.message)
    return _page(revision_id, form), problem_of(error).status


def _page(revision_id: int, form: FormState, checked: Checked | None = None, reason: str = "") -> str:
    me = viewer()
    with current_runtime().reading() as session:
        proposal = reviewing.get_proposal(session, me, revision_id)
        sensitive = None
        if checked is not None:
            sensitive = panel_of(proposal.record, checked, texts_of_content(proposal.content), reason)
        return render_template(
            "library/revision.html",
            proposal=proposal,
            record=proposal.record,
            revision=proposal.revision,
            form=_graded(form, proposal.content),
            changes=changed_parts(session, proposal.current, proposal.content),
            spec=KINDS[RecordKind(proposal.content.kind)],
            people=_people(session, [proposal.revision]),
            is_writer=me.user_id == proposal.revision.writer_id,
            may_grade=policy.can_grade(me),
            publishers=who_publishes(session, proposal.record),
            effects=effect_choices(),
            strengths=strength_choices(),
            sensitive=sensitive,
        )


def _graded(form: FormState, content: RecordContent) -> FormState:
    """With the proposed grade where nothing was typed."""
    proposed = {name: str(getattr(content, name) if getattr(content, name) is not None else "") for name in GRADE}
    values = {**proposed, **{name: text for name, text in form.values.items() if text}}
    return FormState(values, errors=form.errors, message=form.message)


def _people(session: Session, revisions: list[RecordRevision]) -> dict[int, User]:
    ids = {one.writer_id for one in revisions} | {one.reviewer_id for one in revisions if one.reviewer_id is not None}
    return {number: get_user(session, number) for number in ids}
