"""Records: browse, show, write, publish, withdraw; knowledge requests."""

from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Viewer
from core.errors import Conflict, Forbidden, Invalid, Message, Unavailable, require
from core.following import list_followed
from core.paging import Page
from core.people import Organisation, get_organisation, get_user, names_of_organisations
from core.sensitivity import Decision, SensitiveText
from core.taxonomy import TOPICS, is_topic
from library import policy, queries, reviewing, service
from library.content import GRADE, MARKING, RecordContent, hidden_fields
from library.drafts import AnswerDraft, GradeDraft, RecordDraft, RequestDraft, WithdrawDraft
from library.kinds import KINDS
from library.models import Record, RecordKind, RecordStatus
from library.sensitivity import texts_of_draft
from webapp.errors import problem_of
from webapp.forms import FormState, parse_draft
from webapp.library.form import (
    RecordForm,
    effect_choices,
    emails_of,
    form_choices,
    people_by_email,
    recipient_names,
    strength_choices,
)
from webapp.library.publishing import can_open, grade_sent, who_publishes
from webapp.library.sensitive import masked_form, not_published, panel_of, warning
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.sharing.sensitivity import SensitivePanel
from webapp.wording.i18n import interface_language, today
from webapp.wording.language import translated
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("library", __name__, template_folder="templates")
PAGE_SIZE = 20
NOT_DELETED = Message("Only its author may delete a draft, and only before it is published.")


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """An answer to a knowledge request that did not hold: shown again where it was typed, with the reason."""

    request_id: int
    text: str
    problem: str


@blueprint.get("/library")
def browse() -> str:
    """Published records by topic and type."""
    me, topic, kind = viewer(), request.args.get("topic", ""), request.args.get("kind", "")
    page = Page.parse(request.args.get("page"), PAGE_SIZE)
    with current_runtime().reading() as session:
        records, total = queries.list_records(session, me, page, topic=topic, kind=kind)
        if page.number > page.count(total):
            page = Page(page.count(total), PAGE_SIZE)
            records, total = queries.list_records(session, me, page, topic=topic, kind=kind)
        return render_template(
            "library/browse.html",
            records=records,
            total=total,
            page=page,
            topic=topic if is_topic(topic) else "",
            kind=kind if kind in set(RecordKind) else "",
            topics=TOPICS,
            topic_counts=queries.count_by_topic(session, me, kind=kind),
            kind_counts=queries.count_by_kind(session, me, topic=topic),
            followed=set(list_followed(session, me.user_id)),
            words=vocabulary(session),
            organisations=_organisations(session, records),
            today=today(),
        )


@blueprint.get("/library/drafts")
def drafts() -> str:
    """Drafts one works on."""
    with current_runtime().reading() as session:
        return render_template(
            "library/drafts.html",
            records=queries.list_drafts(session, viewer()),
            withdrawn=queries.list_withdrawn(session, viewer()),
            waiting=reviewing.count_waiting(session, viewer()),
            kinds=KINDS,
        )


@blueprint.get("/records/<int:record_id>")
def show(record_id: int) -> str:
    """A record's page."""
    return _show(record_id, FormState())


@blueprint.get("/library/new")
def new() -> str:
    """An empty editor."""
    require(policy.can_create(viewer()))
    return _editor(RecordForm.empty(viewer(), today().year, interface_language()), None)


@blueprint.post("/library/new")
def create() -> Response | tuple[str, int]:
    """Save a new draft."""
    form = RecordForm.posted(request.form)
    try:
        draft = _draft_of(form)
        with current_runtime().work(viewer()) as work:
            record = service.create_record(work, viewer(), draft)
            record_id = record.id
    except Invalid as error:
        return _editor(form.failed(error), None), 422
    with current_runtime().reading() as session:
        stored = queries.get_record(session, viewer(), record_id or 0)
        flash(f"{_('Saved as a draft.')} {who_publishes(session, stored)}", "success")
    return redirect(url_for("library.show", record_id=record_id), 303)


@blueprint.get("/records/<int:record_id>/edit")
def edit(record_id: int) -> str:
    """The editor with a record in it, or with what the viewer proposed for it."""
    me = viewer()
    with current_runtime().reading() as session:
        record = queries.get_record(session, me, record_id)
        require(policy.can_edit(me, record))
        return _editor(_stored_form(session, me, record), record_id)


@blueprint.post("/records/<int:record_id>/edit")
def save(record_id: int) -> Response | tuple[str, int]:
    """Save changes to a record. What a published one must not hold comes back with its places."""
    form, reason = RecordForm.posted(request.form), request.form.get("sensitivity_reason", "")
    try:
        draft = _draft_of(form)
        if draft.revision is None:
            raise Invalid(_("This form does not say which version it started from."), {"revision": "missing"})
        with current_runtime().work(viewer()) as work:
            service.check_edit(work, viewer(), record_id, draft, current_runtime().sensitivity, reason=reason)
            saved = service.edit_record(work, viewer(), record_id, draft)
    except SensitiveText as error:
        with current_runtime().reading() as session:
            record = queries.get_record(session, viewer(), record_id)
        return _editor(
            form.failed(error), record_id, panel_of(record, error.checked, texts_of_draft(draft), reason)
        ), 422
    except (Invalid, Conflict, Forbidden) as error:
        # What was typed is never lost, whatever stood in its way; but only who sees the record gets the editor back.
        with current_runtime().reading() as session:
            record = queries.get_record(session, viewer(), record_id)
            require(policy.can_edit(viewer(), record) or record.author_id == viewer().user_id, error.message)
            proposal = reviewing.find_own_proposal(session, viewer(), record_id)
        if isinstance(error, Conflict):
            form = form.based_on(record.revision, proposal.stamp if proposal else None)
        return _editor(form.failed(error), record_id), problem_of(error).status
    _tell_saved(saved)
    return redirect(url_for("library.show", record_id=record_id), 303)


@blueprint.post("/records/<int:record_id>/mask")
def mask_record(record_id: int) -> str:
    """The editor with everything masked that must not be shared: of what was typed, or of what is stored."""
    with current_runtime().reading() as session:
        record = queries.get_record(session, viewer(), record_id)
        require(policy.can_edit(viewer(), record))
        is_typed = "title" in request.form
        form = RecordForm.posted(request.form) if is_typed else _stored_form(session, viewer(), record)
    return _editor(masked_form(form, current_runtime().sensitivity), record_id)


@blueprint.post("/records/<int:record_id>/publish")
def publish(record_id: int) -> Response | tuple[str, int]:
    """Publish a draft, unless it says nothing or holds what must not be shared."""
    runtime, reason = current_runtime(), request.form.get("sensitivity_reason", "")
    try:
        grade = parse_draft(GradeDraft, grade_sent())
        with runtime.work(viewer()) as work:
            record = service.publish_record(work, viewer(), record_id, grade)
            checked = service.check_record(work, viewer(), record, runtime.sensitivity, reason=reason)
    except SensitiveText as error:
        return not_published(record_id, error, reason), 422
    except Invalid as error:
        return _show(record_id, FormState(grade_sent(), errors=error.fields, message=error.message)), 422
    flash(_("Published. It will be found in a moment."), "success")
    if checked.decision is Decision.WARN:
        flash(warning(checked, runtime.sensitivity), "warning")
    with runtime.reading() as session:
        is_open = can_open(session, viewer(), record_id)
    return redirect(url_for("library.show", record_id=record_id) if is_open else url_for("reviews.queue"), 303)


@blueprint.get("/records/<int:record_id>/delete")
def ask_to_delete(record_id: int) -> str:
    """Ask once before a draft is thrown away."""
    with current_runtime().reading() as session:
        record = queries.get_record(session, viewer(), record_id)
        require(policy.can_delete(viewer(), record), NOT_DELETED)
        return render_template("library/delete.html", record=record)


@blueprint.post("/records/<int:record_id>/delete")
def delete(record_id: int) -> Response:
    """Throw a draft away."""
    with current_runtime().work(viewer()) as work:
        service.delete_draft(work, viewer(), record_id, revision=request.form.get("revision", type=int) or 0)
    flash(_("The draft is deleted."), "success")
    return redirect(url_for("library.drafts"), 303)


@blueprint.post("/records/<int:record_id>/withdraw")
def withdraw(record_id: int) -> Response:
    """Take a record back, with the reason."""
    draft = parse_draft(WithdrawDraft, {"reason": request.form.get("reason", "")})
    with current_runtime().work(viewer()) as work:
        service.withdraw_record(work, viewer(), record_id, draft)
    flash(_("Withdrawn."), "success")
    return redirect(url_for("library.drafts"), 303)


@blueprint.get("/requests")
def requests() -> str:
    """Knowledge requests: one's own, or all for the staff; and the form for a new one."""
    me = viewer()
    with current_runtime().reading() as session:
        return _requests_page(session, me, FormState({"question": request.args.get("q", "")[:400]}))


@blueprint.post("/requests")
def ask() -> Response | tuple[str, int]:
    """Store a knowledge request."""
    values = {name: request.form.get(name, "") for name in ("question", "details")}
    try:
        draft = parse_draft(RequestDraft, values)
        with current_runtime().work(viewer()) as work:
            service.request_knowledge(work, viewer(), draft)
    except Invalid as error:
        with current_runtime().reading() as session:
            return _requests_page(session, viewer(), FormState(values, errors=error.fields)), 422
    flash(_("Your request is with the librarians. You will be told when there is an answer."), "success")
    return redirect(url_for("library.requests"), 303)


@blueprint.post("/requests/<int:request_id>")
def handle(request_id: int) -> Response | tuple[str, int]:
    """Answer or close a knowledge request."""
    require(policy.can_handle_requests(viewer()))
    values = {name: request.form.get(name, "") for name in ("status", "answer")}
    try:
        draft = parse_draft(AnswerDraft, values)
        with current_runtime().work(viewer()) as work:
            service.handle_request(work, viewer(), request_id, draft)
    except Invalid as error:
        refused = RefusedAnswer(request_id, values["answer"], error.fields.get("answer", error.message))
        with current_runtime().reading() as session:
            return _requests_page(session, viewer(), FormState(), refused), 422
    flash(_("Done. Who asked is told."), "success")
    return redirect(url_for("library.requests"), 303)


def _draft_of(form: RecordForm) -> RecordDraft:
    # Validating renders the body, which may take a second: nobody else could write if a unit of work were open.
    with current_runtime().reading() as session:
        people = people_by_email(session, form.named)
    return form.draft(people)


def _editor(form: RecordForm, record_id: int | None, sensitive: SensitivePanel | None = None) -> str:
    with current_runtime().reading() as session:
        return render_template(
            "library/edit.html",
            form=form,
            record_id=record_id,
            sensitive=sensitive,
            is_proposing=_is_proposing(session, record_id),
            choices=form_choices(session, viewer(), form.values.get("organisation_id", "")),
            kinds=KINDS,
        )


def _is_proposing(session: Session, record_id: int | None) -> str:
    """The sentence that says who will decide on what is written here; empty when it takes effect at once."""
    if record_id is None:
        return ""
    record = queries.get_record(session, viewer(), record_id)
    return "" if policy.changes_at_once(viewer(), record) else who_publishes(session, record)


def _requests_page(session: Session, me: Viewer, form: FormState, refused: RefusedAnswer | None = None) -> str:
    return render_template(
        "library/requests.html",
        requests=queries.list_requests(session, me),
        form=form,
        refused=refused,
        can_handle=policy.can_handle_requests(me),
    )


def _show(record_id: int, form: FormState) -> str:
    runtime, me = current_runtime(), viewer()
    with runtime.reading() as session:
        detail = queries.get_detail(session, me, record_id)
        record = detail.record
        try:
            similar = runtime.search.similar(session, me, record.ref, record.title)
        except Unavailable:
            # The page does not depend on the engine; it only goes without this list.
            similar = []
        return render_template(
            "library/show.html",
            detail=detail,
            record=record,
            spec=KINDS[RecordKind(record.kind)],
            organisation=get_organisation(session, record.organisation_id),
            author=get_user(session, record.author_id),
            publisher=get_user(session, record.published_by) if record.published_by else None,
            recipients=recipient_names(session, detail.recipients),
            similar=similar,
            related=runtime.parts.related(session, me, record.ref),
            is_followed=str(record.ref) in list_followed(session, me.user_id),
            words=vocabulary(session),
            today=today(),
            **_work_on(session, me, record, form),
        )


def _work_on(session: Session, me: Viewer, record: Record, form: FormState) -> dict[str, object]:
    """What the page of a record needs for those who work on it."""
    can_edit, is_draft = policy.can_edit(me, record), record.status == RecordStatus.DRAFT
    graded = {name: str(getattr(record, name) if getattr(record, name) is not None else "") for name in GRADE}
    values = {**graded, **{name: text for name, text in form.values.items() if text}}
    return {
        "can_edit": can_edit,
        "can_publish": policy.can_publish(me, record),
        "can_withdraw": policy.can_withdraw(me, record),
        "can_delete": policy.can_delete(me, record),
        "can_grade": policy.can_grade(me),
        "form": FormState(values, errors=form.errors, message=form.message),
        "effects": effect_choices(),
        "strengths": strength_choices(),
        "publishers": who_publishes(session, record) if is_draft else "",
        "hidden": hidden_fields(RecordKind(record.kind), record.fields) if can_edit else {},
        "proposal": reviewing.find_own_proposal(session, me, record.ref.id),
    }


def _stored_form(session: Session, me: Viewer, record: Record) -> RecordForm:
    """What the record says, or what the viewer proposed: the open proposal, or the one named in the address."""
    current, proposal = RecordContent.of_record(session, record), None
    own = reviewing.find_own_proposal(session, me, record.ref.id)
    if 0 < (earlier := request.args.get("proposal", 0, type=int)) < 2**31 and own is None:
        found = reviewing.get_proposal(session, me, earlier)
        is_own = found.revision.writer_id == me.user_id and found.record.id == record.id
        proposal = found.revision if is_own else None
    content = current
    if stored := own or proposal:
        # Who sees the record was perhaps tightened since; going on with older words must not undo that.
        content = RecordContent.model_validate(stored.content)
        if stored.base_revision != record.revision:
            content = content.taking(current, (*MARKING, "organisation_id"))
    form = RecordForm.of(content, record.revision, emails_of(session, content.users))
    if stored:
        form = form.going_on(stored)
    if own is None and stored:
        form = replace(form, values={**form.values, "stamp": ""})
    if stored and stored.base_revision != record.revision:
        changed = _("The record was changed since you wrote this. Compare with it before you save.")
        form = replace(form, message=changed, is_outdated=True)
    return form


def _tell_saved(saved: service.Saved) -> None:
    """Say what became of an edit."""
    with current_runtime().reading() as session:
        record = queries.get_record(session, viewer(), saved.record.ref.id)
        if saved.proposal is not None:
            kept = _("Your change is proposed. The record stays as it is until a second person accepts it.")
            flash(f"{kept} {who_publishes(session, record)}", "success")
        elif record.status == RecordStatus.DRAFT:
            flash(f"{_('Saved as a draft.')} {who_publishes(session, record)}", "success")
        else:
            flash(_("Saved."), "success")
    if saved.is_tightened and saved.proposal is not None:
        flash(_("The tighter marking is in effect already."), "info")
    if saved.newly_hidden:
        names = ", ".join(translated(label) for label in saved.newly_hidden)
        flash(
            _("Kept, but not shown for this type: %(names)s. Change the type back to see them.", names=names), "warning"
        )


def _organisations(session: Session, records: list[Record]) -> dict[int, Organisation]:
    return names_of_organisations(session, (row.organisation_id for row in records))
