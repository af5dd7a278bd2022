"""Use cases of nominations: check policy, change state, audit, notify. No commit, no HTML, no HTTP."""

from training.nominations.service.appeals import answer_appeal, appeal_decision
from training.nominations.service.gates import check_gates, eligibility, set_gate
from training.nominations.service.nominating import (
    change_opportunity,
    move_nomination,
    name_officer,
    promote_next,
    start_nomination,
    take_step,
    write_nomination,
)
from training.nominations.service.panel import add_panelist, declare_conflict, leave_panel, score_candidate
from training.nominations.service.profiles import confirm_profile, save_profile
from training.nominations.service.reporting import remind, send_report

__all__ = [
    "add_panelist",
    "answer_appeal",
    "appeal_decision",
    "change_opportunity",
    "check_gates",
    "confirm_profile",
    "declare_conflict",
    "eligibility",
    "leave_panel",
    "move_nomination",
    "name_officer",
    "promote_next",
    "remind",
    "save_profile",
    "score_candidate",
    "send_report",
    "set_gate",
    "start_nomination",
    "take_step",
    "write_nomination",
]
