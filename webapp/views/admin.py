"""Administration: health, index, parked changes, files without text, synonyms."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.access import Viewer
from core.errors import Invalid, require
from core.outbox import list_parked, retry_parked
from core.people import Role
from library.queries import list_textless
from search import vocabulary as synonyms
from webapp.forms import FormState, parse_draft
from webapp.health import check_health
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


def can_administer(me: Viewer) -> bool:
    """Administrators and librarians look after the index."""
    return me.has(Role.ADMINISTRATOR, Role.LIBRARIAN)


@blueprint.get("/")
def index() -> str:
    """Health of every part, the index, what was given up on, and files whose text could not be had."""
    require(can_administer(viewer()))
    runtime = current_runtime()
    findings = check_health(runtime)
    with runtime.reading() as session:
        return render_template(
            "admin/index.html",
            findings=findings,
            status=runtime.indexer.status(),
            parked=list_parked(session),
            textless=list_textless(session, viewer()),
        )


@blueprint.post("/retry")
def retry() -> Response:
    """Try everything again that was given up on."""
    require(can_administer(viewer()))
    runtime = current_runtime()
    with runtime.work(viewer()) as work:
        count = retry_parked(work.session, work.now)
        work.audit("index.retried", marks=count)
        work.after_commit(runtime.kick)
    flash(_("%(count)s changes will be tried again.", count=count), "success")
    return redirect(url_for("admin.index"), 303)


@blueprint.post("/verify")
def verify() -> Response:
    """Compare database and index; differences are marked for indexing."""
    require(can_administer(viewer()))
    report = current_runtime().indexer.verify()
    flash(_("Compared: %(report)s", report=report), "success" if report.is_clean else "warning")
    current_runtime().kick()
    return redirect(url_for("admin.index"), 303)


@blueprint.get("/synonyms")
def synonym_table() -> str:
    """The synonym table."""
    return _synonym_page(FormState())


@blueprint.post("/synonyms")
def add_synonyms() -> Response | tuple[str, int]:
    """Add a set of synonyms."""
    terms = request.form.get("terms", "")
    try:
        draft = parse_draft(synonyms.SynonymDraft, {"terms": terms})
        with current_runtime().work(viewer()) as work:
            synonyms.add_synonyms(work, viewer(), draft)
    except Invalid as error:
        return _synonym_page(FormState({"terms": terms}, errors=error.fields)), 422
    current_runtime().reference.forget()
    return redirect(url_for("admin.synonym_table"), 303)


@blueprint.post("/synonyms/<int:set_id>/remove")
def remove_synonyms(set_id: int) -> Response:
    """Take a set out."""
    with current_runtime().work(viewer()) as work:
        synonyms.remove_synonyms(work, viewer(), set_id)
    current_runtime().reference.forget()
    return redirect(url_for("admin.synonym_table"), 303)


def _synonym_page(form: FormState) -> str:
    require(synonyms.can_edit_synonyms(viewer()), _("The synonym table is kept by librarians."))
    with current_runtime().reading() as session:
        rows = synonyms.list_synonyms(session)
    return render_template("admin/synonyms.html", sets=rows, form=form)
