"""Records: browse, show, write, publish, withdraw; knowledge requests."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from core.access import Viewer
from core.errors import Conflict, Forbidden, Invalid, Unavailable, require
from core.following import list_followed
from core.paging import Page
from core.people import Organisation, get_organisation, get_user, names_of_organisations
from core.sensitivity import Decision, SensitiveText
from core.taxonomy import TOPICS, is_topic
from library import policy, queries, service
from library.drafts import AnswerDraft, RecordDraft, RequestDraft, WithdrawDraft
from library.kinds import KINDS
from library.models import Record, RecordKind
from library.sensitivity import texts_of_draft
from webapp.errors import problem_of
from webapp.forms import FormState, parse_draft
from webapp.library.form import RecordForm, form_choices, people_by_email, recipient_names
from webapp.library.sensitive import masked_form, not_published, panel_of, warning
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.sharing.sensitivity import SensitivePanel
from webapp.wording.i18n import interface_language, today
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("library", __name__, template_folder="templates")
PAGE_SIZE = 20


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
        return render_template("library/drafts.html", records=queries.list_drafts(session, viewer()), kinds=KINDS)


@blueprint.get("/records/<int:record_id>")
def show(record_id: int) -> str:
    """A record's page."""
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
            can_edit=policy.can_edit(me, record),
            can_publish=policy.can_publish(me, record),
            can_withdraw=policy.can_withdraw(me, record),
            is_followed=str(record.ref) in list_followed(session, me.user_id),
            words=vocabulary(session),
            today=today(),
        )


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
    flash(_("Saved as a draft. A librarian other than you can publish it."), "success")
    return redirect(url_for("library.show", record_id=record_id), 303)


@blueprint.get("/records/<int:record_id>/edit")
def edit(record_id: int) -> str:
    """The editor with a record in it."""
    with current_runtime().reading() as session:
        detail = queries.get_detail(session, viewer(), record_id)
        require(policy.can_edit(viewer(), detail.record))
        named = [person.email for person in recipient_names(session, detail.recipients).people]
    return _editor(RecordForm.of(detail, named), record_id)


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
            service.edit_record(work, viewer(), record_id, draft)
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
        if isinstance(error, Conflict):
            form = form.based_on(record.revision)
        return _editor(form.failed(error), record_id), problem_of(error).status
    flash(_("Saved."), "success")
    return redirect(url_for("library.show", record_id=record_id), 303)


@blueprint.post("/records/<int:record_id>/mask")
def mask_record(record_id: int) -> str:
    """The editor with everything masked that must not be shared: of what was typed, or of what is stored."""
    with current_runtime().reading() as session:
        detail = queries.get_detail(session, viewer(), record_id)
        require(policy.can_edit(viewer(), detail.record))
        named = [person.email for person in recipient_names(session, detail.recipients).people]
    form = RecordForm.posted(request.form) if "title" in request.form else RecordForm.of(detail, named)
    return _editor(masked_form(form, current_runtime().sensitivity), record_id)


@blueprint.post("/records/<int:record_id>/publish")
def publish(record_id: int) -> Response | tuple[str, int]:
    """Publish a draft, unless it holds what must not be shared."""
    runtime, reason = current_runtime(), request.form.get("sensitivity_reason", "")
    try:
        with runtime.work(viewer()) as work:
            service.publish_record(work, viewer(), record_id)
            checked = service.check_record(work, viewer(), record_id, runtime.sensitivity, reason=reason)
    except SensitiveText as error:
        return not_published(record_id, error, reason), 422
    flash(_("Published. It will be found in a moment."), "success")
    if checked.decision is Decision.WARN:
        flash(warning(checked, runtime.sensitivity), "warning")
    return redirect(url_for("library.show", record_id=record_id), 303)


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
            choices=form_choices(session, viewer(), form.values.get("organisation_id", "")),
            kinds=KINDS,
        )


def _requests_page(session: Session, me: Viewer, form: FormState, refused: RefusedAnswer | None = None) -> str:
    rows = queries.list_requests(session, me)
    return render_template(
        "library/requests.html",
        requests=rows,
        form=form,
        refused=refused,
        can_handle=policy.can_handle_requests(me),
        people={row.asker_id: get_user(session, row.asker_id) for row in rows},
        organisations={row.organisation_id: get_organisation(session, row.organisation_id) for row in rows},
    )


def _organisations(session: Session, records: list[Record]) -> dict[int, Organisation]:
    return names_of_organisations(session, (row.organisation_id for row in records))
