"""What answers a need: the staff confirm it, fully or partly, or reject it; who, when and why is kept."""

from core.access import Viewer
from core.content import ContentRef
from core.errors import require
from core.links import Link, LinkState, decide_link
from core.uow import UnitOfWork
from training.needs import policy, queries
from training.needs.drafts import VerdictDraft
from training.needs.models import ANSWERED_BY


def judge_answer(work: UnitOfWork, viewer: Viewer, need_id: int, target: ContentRef, verdict: VerdictDraft) -> Link:
    """Confirm or reject. The caller has made sure that the viewer may see the target. A rejected one is not offered again."""
    need = queries.get_need(work.session, viewer, need_id)
    require(policy.can_judge(viewer, need), "What answers a need is confirmed by the staff of the unit.")
    state = LinkState.CONFIRMED if verdict.extent else LinkState.REJECTED
    extent = verdict.extent.value if verdict.extent else ""
    return decide_link(work, viewer.user_id, need.ref, ANSWERED_BY, target, state, extent=extent, why=verdict.why)
