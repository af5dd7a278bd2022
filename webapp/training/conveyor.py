"""From a report-back to a draft of the library: training and library are joined here and nowhere else."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.access import Marking, strictest
from core.errors import Conflict, require
from core.people import get_organisation
from core.tagging import topics_of
from library.drafts import RecordDraft
from library.models import RecordKind
from library.service import create_record
from training.nominations import queries, service
from training.nominations.drafts import ReportDraft
from training.opportunities.models import KIND, Opportunity
from webapp.runtime import current_runtime
from webapp.session import viewer

blueprint = Blueprint("conveyor", __name__)


@blueprint.post("/nominations/<int:nomination_id>/to-library")
def to_library(nomination_id: int) -> Response:
    """Make a report a draft of the library, with the marking of the opportunity or a stricter one; it counts as shared."""
    me = viewer()
    with current_runtime().work(me) as work:
        row = queries.get_nomination(work.session, me, nomination_id)
        require(row.user_id == me.user_id, _("A report becomes a draft by the hand of who wrote it."))
        duty = queries.get_report(work.session, nomination_id)
        offer = work.session.get(Opportunity, row.opportunity_id)
        if duty is None or offer is None or not duty.report:
            raise Conflict(_("There is no report yet."))
        if duty.shared_ref:
            raise Conflict(_("This report has become a record already."))
        home = Marking(get_organisation(work.session, me.organisation_id).default_marking)
        record = create_record(
            work,
            me,
            RecordDraft(
                kind=RecordKind.TRAINING_MATERIAL,
                title=_("Report: %(title)s", title=offer.title)[:200],
                body=duty.report,
                topics=topics_of(work.session, KIND, [row.opportunity_id]).get(row.opportunity_id, [])[:6],
                organisation_id=me.organisation_id,
                country=offer.host_country,
                year=offer.ends_on.year,
                marking=strictest([home, offer.tlp]),
            ),
        )
        number = record.ref.id
        if row.state in ("travelled", "reported"):
            service.send_report(work, me, nomination_id, ReportDraft(shared_ref=str(record.ref)))
        else:
            duty.shared_ref = str(record.ref)
            work.session.add(duty)
    flash(_("A draft of the library. Add what colleagues need, then a librarian publishes it."), "success")
    return redirect(url_for("library.edit", record_id=number), 303)
