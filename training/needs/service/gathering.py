"""Requests for knowledge that mean the same: confirmed or rejected by the staff, and proposed as a need when they are enough.

A request is an object of another domain and comes as its `ContentRef`; pairs are edges of `core.links`, from the older to the
newer, so that a pair that was rejected is not put together again.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

from core.access import Viewer
from core.content import ContentRef
from core.errors import Invalid, Message, require
from core.links import LinkState, decide_link
from core.uow import UnitOfWork
from training.needs import policy, queries
from training.needs.drafts import NeedDraft
from training.needs.models import EVIDENCE, SAME, Need
from training.needs.service.needs import create_need


def confirm_same(work: UnitOfWork, viewer: Viewer, refs: Iterable[ContentRef]) -> None:
    """These requests mean the same. If some of them are evidence of a need already, the others become so too."""
    members = _checked(viewer, refs)
    for first, second in combinations(members, 2):
        decide_link(work, viewer.user_id, first, SAME, second, LinkState.CONFIRMED)
    for need_id in queries.needs_shown_by(work.session, members):
        need = work.session.get(Need, need_id)
        if need is not None:
            add_evidence(work, viewer, need, members)


def reject_same(work: UnitOfWork, viewer: Viewer, refs: Iterable[ContentRef]) -> None:
    """These requests do not mean the same, whatever their words."""
    for first, second in combinations(_checked(viewer, refs), 2):
        decide_link(work, viewer.user_id, first, SAME, second, LinkState.REJECTED)


def propose_need(work: UnitOfWork, viewer: Viewer, draft: NeedDraft, refs: Iterable[ContentRef]) -> Need:
    """A draft need with requests as its evidence. Whether they are enough is the caller's to know."""
    members = _checked(viewer, refs)
    need = create_need(work, viewer, draft)
    add_evidence(work, viewer, need, members)
    return need


def add_evidence(work: UnitOfWork, viewer: Viewer, need: Need, refs: Iterable[ContentRef]) -> None:
    """Tie what shows that a need exists to it."""
    for ref in refs:
        decide_link(work, viewer.user_id, need.ref, EVIDENCE, ref, LinkState.CONFIRMED)


def _checked(viewer: Viewer, refs: Iterable[ContentRef]) -> Sequence[ContentRef]:
    require(policy.is_staff(viewer), "Requests are put together by the staff of the unit.")
    members = sorted(set(refs))
    if len(members) < 2:
        raise Invalid("Choose at least two requests.", {"request": Message("Choose at least two requests.")})
    return members
