"""Files of any object: upload, download, removal. The host of the object's kind says who may."""

from contextlib import closing
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from core.attachments import (
    NOT_HERE,
    Host,
    attach,
    charge_upload,
    check_quota,
    check_type,
    detach,
    get_attachment,
)
from core.content import ContentRef
from core.errors import Invalid, Message, NotFound
from core.files import INLINE_TYPES
from core.photos import REFUSED, Removed
from indexer.extraction import is_program, sniff_media_type
from indexer.extraction.model import PDF
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.sharing.photos import told, without_hidden_data
from webapp.wording.filetypes import type_endings, type_names

blueprint = Blueprint("files", __name__)
NO_RIGHTS = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
"""A file gets no rights on this site, whatever is in it. The viewers of browsers refuse a PDF in a sandbox."""


@dataclass(frozen=True, slots=True)
class UploadRules:
    """What may be uploaded, for the form to say before anybody chooses a file."""

    names: tuple[str, ...]
    """Accepted types in a reader's words; none for all."""
    endings: str
    """The same for the browser's dialogue."""
    largest_mb: int
    quota_mb: int
    """Of a person and day; 0 for no limit."""


def upload_rules() -> UploadRules:
    """Of this site, for templates."""
    settings = current_runtime().settings
    accepted = settings.accepted_types
    return UploadRules(
        tuple(type_names(accepted)), type_endings(accepted), settings.upload_mb, settings.upload_quota_mb
    )


@blueprint.post("/files/<kind>/<int:object_id>")
def upload(kind: str, object_id: int) -> Response:
    """Add a file to an object; one of the same name becomes its earlier version."""
    host = _host(kind)
    with current_runtime().reading() as session:
        # Policy before the bytes: nobody fills the disk through an object he may not change.
        host.require_editable(session, viewer(), object_id)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid(_("Choose a file first."), {"file": "missing"})
    with closing(sent):
        removed = _attach(host, object_id, sent, sent.filename)
    flash(_("File added. Its text will be searchable in a moment."), "success")
    if removed:
        flash(told(removed), "info")
    return _back(ContentRef(kind, object_id))


@blueprint.get("/files/<int:attachment_id>")
def download(attachment_id: int) -> Response:
    """A file: shown by the browser only when its sniffed type is on the allow-list, else a download."""
    runtime = current_runtime()
    with runtime.reading() as session:
        attachment = get_attachment(session, attachment_id)
        _host(attachment.kind).require_readable(session, viewer(), attachment.object_id)
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


@blueprint.post("/files/<int:attachment_id>/remove")
def remove(attachment_id: int) -> Response:
    """Take a file off its object, or one earlier version of it."""
    with current_runtime().work(viewer()) as work:
        kind = get_attachment(work.session, attachment_id).kind
        ref = detach(work, viewer(), _host(kind), attachment_id).ref
    flash(_("File removed."), "success")
    return _back(ref)


@blueprint.get("/attachments/<int:attachment_id>")
def moved(attachment_id: int) -> Response:
    """The address that files had before other things than records could have any; people have kept it."""
    asked = {"download": request.args["download"]} if "download" in request.args else {}
    return redirect(url_for("files.download", attachment_id=attachment_id, _external=False, **asked), 301)


def _attach(host: Host, object_id: int, sent: FileStorage, filename: str) -> frozenset[Removed]:
    """Refuse or keep what was sent; the hidden data of a picture is removed. What is refused was never in the store."""
    runtime, me = current_runtime(), viewer()
    files, limit = runtime.files, runtime.settings.upload_mb << 20
    with files.stage(sent.stream, limit=limit) as received:
        with received.path.open("rb") as stream:
            media_type = sniff_media_type(stream, filename)
        if is_program(media_type, filename):
            message = Message("Programs are not taken: they could harm who opens them.")
            raise Invalid(message, {"file": message})
        if media_type not in REFUSED:
            # Those pictures are refused below, with the advice what to do instead.
            check_type(media_type, runtime.settings.accepted_types)
        quota, today = runtime.settings.upload_quota_mb << 20, runtime.clock.now().date()
        with runtime.reading() as session:
            check_quota(session, me, received.stored.size, today=today, quota=quota)
        runtime.scanner.check(received.path)
        with received.path.open("rb") as stream:
            clean, removed = without_hidden_data(stream, media_type, limit)
            with files.stage(clean, limit=limit) as staged, runtime.work(me) as work:
                charge_upload(work, me, staged.stored.size, quota=quota)
                attach(work, me, host, object_id, filename=filename, stored=staged.stored, media_type=media_type)
                staged.keep()
    return removed


def _host(kind: str) -> Host:
    host = current_runtime().parts.hosts.get(kind)
    if host is None:
        raise NotFound(NOT_HERE)
    return host


def _back(ref: ContentRef) -> Response:
    return redirect(f"{current_runtime().parts.url_of(ref)}#files", 303)
