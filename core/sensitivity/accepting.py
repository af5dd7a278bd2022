"""Letting through what a check found: never what blocks, and what needs review only with a reason that is kept."""

from core.access import Marking
from core.content import ContentRef
from core.errors import require
from core.sensitivity.deciding import Checked, SensitiveText, decide
from core.sensitivity.finding import find
from core.sensitivity.model import Decision, Rules
from core.uow import UnitOfWork

SHORTEST_REASON, LONGEST_REASON = 5, 300


def require_shareable(
    work: UnitOfWork,
    ref: ContentRef,
    checked: Checked,
    rules: Rules,
    *,
    reason: str = "",
    may_accept: bool = False,
) -> None:
    """Raise SensitiveText for what must be masked or reviewed first.

    A reason by one who may accept lets through what needs review. It goes into the audit chain with the number of
    findings of each kind, and therefore must not repeat any of them.
    """
    if checked.decision < Decision.REVIEW:
        return
    reason = " ".join(reason.split())
    if checked.decision is Decision.BLOCK or not reason:
        raise SensitiveText(checked)
    require(may_accept, "Another librarian than the author decides on this.")
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise SensitiveText(checked, "Give the reason in one sentence of 5 to 300 characters.")
    texts = [one.text for findings in checked.found.values() for one in findings]
    if find(reason, rules) or any(text.casefold() in reason.casefold() for text in texts):
        raise SensitiveText(checked, "The reason must not repeat what was found: it is kept in the audit trail.")
    work.audit("sensitivity.accepted", ref, kinds=checked.counts, reason=reason)


def only_new(checked: Checked, before: Checked, marking: Marking, rules: Rules) -> Checked:
    """What was found now and not before: an edit is not asked again about what was let through already."""
    known = {(one.kind, one.text) for findings in before.found.values() for one in findings}
    found = {
        part: fresh
        for part, findings in checked.found.items()
        if (fresh := tuple(one for one in findings if (one.kind, one.text) not in known))
    }
    return Checked(decide((one for fresh in found.values() for one in fresh), marking, rules), found)
