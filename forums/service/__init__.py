"""Use cases of the forums: check policy, change state, mark dirty, audit, notify. No commit, no HTML, no HTTP."""

from forums.service.answers import accept_answer, thank, vote
from forums.service.audience import renew_audiences
from forums.service.cases import appeal_decision, claim_case, decide_appeal, decide_case, flag_post, release_case
from forums.service.categories import (
    archive_category,
    create_category,
    edit_category,
    move_category,
)
from forums.service.editing import (
    delete_post,
    edit_head,
    edit_post,
    hide_revision,
    release_post,
    restore_post,
    tighten_post,
)
from forums.service.joining import merge_threads, split_thread
from forums.service.moderation import (
    delete_thread,
    move_thread,
    restore_thread,
    reveal_asker,
    set_locked,
    set_pinned,
    tighten_thread,
)
from forums.service.posting import About, Posted, reply, start_thread
from forums.service.reading import (
    confirm_reading,
    drop_draft,
    mark_all_read,
    mark_read,
    save_draft,
)

__all__ = [
    "About",
    "Posted",
    "accept_answer",
    "appeal_decision",
    "archive_category",
    "claim_case",
    "confirm_reading",
    "create_category",
    "decide_appeal",
    "decide_case",
    "delete_post",
    "delete_thread",
    "drop_draft",
    "edit_category",
    "edit_head",
    "edit_post",
    "flag_post",
    "hide_revision",
    "mark_all_read",
    "mark_read",
    "merge_threads",
    "move_category",
    "move_thread",
    "release_case",
    "release_post",
    "renew_audiences",
    "reply",
    "restore_post",
    "restore_thread",
    "reveal_asker",
    "save_draft",
    "set_locked",
    "set_pinned",
    "split_thread",
    "start_thread",
    "thank",
    "tighten_post",
    "tighten_thread",
    "vote",
]
