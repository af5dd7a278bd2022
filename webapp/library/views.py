"""Records: browse, show, write, publish, withdraw; attachments; knowledge requests."""

from contextlib import closing
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from core.access import Viewer
from core.errors import Conflict, Forbidden, Invalid, Unavailable, require
from core.files import INLINE_TYPES
from core.following import list_followed
from core.paging import Page
from core.people import Organisation, get_organisation, get_user, names_of_organisations
from core.sensitivity import Decision, SensitiveText
from core.taxonomy import TOPICS, is_topic
from indexer.extraction import sniff_media_type
from indexer.extraction.model import PDF
from library import policy, queries, service
from library.drafts import AnswerDraft, RequestDraft, WithdrawDraft
from library.kinds import KINDS
from library.models import Record, RecordKind
from library.sensitivity import texts_of_draft
from webapp.errors import problem_of
from webapp.forms import parse_draft
from webapp.library.form import RecordForm, form_choices, people_by_email, recipient_names
from webapp.library.sensitive import masked_form, not_published, panel_of, warning
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.sharing.photos import told, without_hidden_data
from webapp.sharing.sensitivity import SensitivePanel
from webapp.wording.i18n import interface_language
from webapp.wording.vocabulary import vocabulary

blueprint = Blueprint("library", __name__, template_folder="templates")
PAGE_SIZE = 20
NO_RIGHTS = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
"""A file gets no rights on this site, whatever is in it. The viewers of browsers refuse a PDF in a sandbox."""


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
            today=current_runtime().clock.now().date(),
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
            can_edit=policy.can_edit(me, record),
            can_publish=policy.can_publish(me, record),
            can_withdraw=policy.can_withdraw(me, record),
            is_followed=str(record.ref) in list_followed(session, me.user_id),
            words=vocabulary(session),
            today=runtime.clock.now().date(),
        )


@blueprint.get("/library/new")
def new() -> str:
    """An empty editor."""
    require(policy.can_create(viewer()))
    return _editor(RecordForm.empty(viewer(), current_runtime().clock.now().year, interface_language()), None)


@blueprint.post("/library/new")
def create() -> Response | tuple[str, int]:
    """Save a new draft."""
    form = RecordForm.posted(request.form)
    try:
        with current_runtime().work(viewer()) as work:
            draft = form.draft(people_by_email(work.session, form.named))
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
        with current_runtime().work(viewer()) as work:
            draft = form.draft(people_by_email(work.session, form.named))
            if draft.revision is None:
                raise Invalid(_("This form does not say which version it started from."), {"revision": "missing"})
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


@blueprint.post("/records/<int:record_id>/attachments")
def attach(record_id: int) -> Response:
    """Upload a file to a record."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid(_("Choose a file first."), {"file": "missing"})
    runtime = current_runtime()
    with runtime.reading() as session:
        # Policy before the bytes: nobody fills the store through a record he may not change.
        require(policy.can_edit(viewer(), queries.get_record(session, viewer(), record_id)))
    with closing(upload):
        media_type, limit = _sniff(upload), runtime.settings.upload_mb << 20
        stream, removed = without_hidden_data(upload.stream, media_type, limit)
        stored = runtime.files.put(stream, limit=limit)
    with runtime.work(viewer()) as work:
        service.add_attachment(
            work, viewer(), record_id, filename=upload.filename, stored=stored, media_type=media_type
        )
    flash(_("File added. Its text will be searchable in a moment."), "success")
    if removed:
        flash(told(removed), "info")
    return redirect(url_for("library.show", record_id=record_id) + "#files", 303)


@blueprint.get("/attachments/<int:attachment_id>")
def download(attachment_id: int) -> Response:
    """A file: shown by the browser only when its sniffed type is on the allow-list, else a download."""
    runtime = current_runtime()
    with runtime.reading() as session:
        attachment = queries.get_attachment(session, viewer(), attachment_id)
    is_inline = attachment.media_type in INLINE_TYPES and "download" not in request.args
    response = send_file(
        runtime.files.path(attachment.sha256).resolve(),
        mimetype=attachment.media_type if is_inline else "application/octet-stream",
        as_attachment=not is_inline,
        download_name=attachment.filename,
        etag=attachment.sha256,
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = NO_RIGHTS if attachment.media_type == PDF else f"sandbox; {NO_RIGHTS}"
    return response


@blueprint.post("/attachments/<int:attachment_id>/remove")
def detach(attachment_id: int) -> Response:
    """Take a file off its record."""
    with current_runtime().work(viewer()) as work:
        record = service.remove_attachment(work, viewer(), attachment_id)
        record_id = record.id
    flash(_("File removed."), "success")
    return redirect(url_for("library.show", record_id=record_id) + "#files", 303)


@blueprint.get("/requests")
def requests() -> str:
    """Knowledge requests: one's own, or all for the staff; and the form for a new one."""
    me = viewer()
    with current_runtime().reading() as session:
        return _requests_page(session, me, {"question": request.args.get("q", "")[:400], "details": ""}, {})


@blueprint.post("/requests")
def ask() -> Response | tuple[str, int]:
    """Store a knowledge request."""
    values = {name: request.form.get(name, "") for name in ("question", "details")}
    try:
        with current_runtime().work(viewer()) as work:
            service.request_knowledge(work, viewer(), parse_draft(RequestDraft, values))
    except Invalid as error:
        with current_runtime().reading() as session:
            return _requests_page(session, viewer(), values, error.fields), 422
    flash(_("Your request is with the librarians. You will be told when there is an answer."), "success")
    return redirect(url_for("library.requests"), 303)


@blueprint.post("/requests/<int:request_id>")
def handle(request_id: int) -> Response | tuple[str, int]:
    """Answer or close a knowledge request."""
    require(policy.can_handle_requests(viewer()))
    values = {name: request.form.get(name, "") for name in ("status", "answer")}
    try:
        with current_runtime().work(viewer()) as work:
            service.handle_request(work, viewer(), request_id, parse_draft(AnswerDraft, values))
    except Invalid as error:
        refused = RefusedAnswer(request_id, values["answer"], error.fields.get("answer", error.message))
        with current_runtime().reading() as session:
            return _requests_page(session, viewer(), {}, {}, refused), 422
    flash(_("Done. Who asked is told."), "success")
    return redirect(url_for("library.requests"), 303)


def _editor(form: RecordForm, record_id: int | None, sensitive: SensitivePanel | None = None) -> str:
    with current_runtime().reading() as session:
        return render_template(
            "library/edit.html",
            form=form,
            record_id=record_id,
            sensitive=sensitive,
            choices=form_choices(session, viewer(), form.values.get("organisation_id", "")),
            kinds=KINDS,
            topics=TOPICS,
            words=vocabulary(session),
        )


def _requests_page(
    session: Session,
    me: Viewer,
    values: dict[str, str],
    errors: dict[str, str],
    refused: RefusedAnswer | None = None,
) -> str:
    rows = queries.list_requests(session, me)
    return render_template(
        "library/requests.html",
        requests=rows,
        values=values,
        errors=errors,
        refused=refused,
        can_handle=policy.can_handle_requests(me),
        people={row.asker_id: get_user(session, row.asker_id) for row in rows},
        organisations={row.organisation_id: get_organisation(session, row.organisation_id) for row in rows},
    )


def _sniff(upload: FileStorage) -> str:
    head = upload.stream.read(1 << 20)
    upload.stream.seek(0)
    return sniff_media_type(head, upload.filename or "")


def _organisations(session: Session, records: list[Record]) -> dict[int, Organisation]:
    return names_of_organisations(session, (row.organisation_id for row in records))
