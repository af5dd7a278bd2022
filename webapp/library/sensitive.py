"""The library's pages when a record holds what must not be shared."""

from dataclasses import replace

from flask import render_template
from flask_babel import gettext as _

from core.sensitivity import Checked, Rules, SensitiveText
from library import policy, queries
from library.kinds import KINDS
from library.models import Record, RecordKind
from library.sensitivity import FIELD, texts_of
from webapp.library.form import RecordForm
from webapp.library.publishing import grade_sent
from webapp.runtime import current_runtime
from webapp.session import viewer
from webapp.sharing.sensitivity import SensitivePanel, in_short, masked, panel
from webapp.wording.language import translated

MASKED = ("title", "summary", "body")


def part_names(kind: RecordKind) -> dict[str, str]:
    """What readers call the parts of a record of this type."""
    fields = {f"{FIELD}{name}": translated(label) for name, label in KINDS[kind].fields.items()}
    return {"title": _("Title"), "summary": _("Summary"), "body": _("Text"), **fields}


def not_published(record_id: int, error: SensitiveText, reason: str) -> str:
    """The page that says why a record is not published yet, and offers to mask or to accept."""
    with current_runtime().reading() as session:
        record = queries.get_record(session, viewer(), record_id)
    shown = panel_of(record, error.checked, texts_of(record), reason)
    message = translated(error.message) if reason else ""
    return render_template("library/sensitive.html", record=record, panel=shown, message=message, grade=grade_sent())


def panel_of(record: Record, checked: Checked, parts: dict[str, str], reason: str) -> SensitivePanel:
    """The findings in a record, or in what it is to become."""
    return panel(
        checked,
        parts,
        part_names(RecordKind(record.kind)),
        current_runtime().sensitivity,
        may_accept=policy.can_accept_sensitive(viewer(), record),
        reason=reason,
    )


def refused_form(form: RecordForm, error: SensitiveText) -> RecordForm:
    """The form as it was typed, with the sentence that says why it was not saved."""
    return replace(form, message=translated(error.message))


def masked_form(form: RecordForm, rules: Rules) -> RecordForm:
    """The form with every finding masked; nothing is saved."""
    values = {name: masked(text, rules) if name in MASKED else text for name, text in form.values.items()}
    fields = {name: masked(text, rules) for name, text in form.fields.items()}
    return replace(form, values=values, fields=fields, message=_("Masked, not saved yet. Read it over, then save."))


def warning(checked: Checked, rules: Rules) -> str:
    """What is told after publishing something that holds sensitive items its marking allows."""
    return str(_("It holds: %(what)s. Its marking allows that; is it needed?", what=in_short(checked, rules)))
