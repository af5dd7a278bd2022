"""Use cases of needs and rounds. Each checks the policy, changes state, marks dirty, audits and notifies; none commits."""

from training.needs.service.audiences import renew_audiences
from training.needs.service.gathering import confirm_same, propose_need, reject_same
from training.needs.service.judging import judge_answer
from training.needs.service.needs import create_need, edit_need, move_need, refer_need, release_need
from training.needs.service.rounds import answer_round, close_round, open_round, rate_topics

__all__ = [
    "answer_round",
    "close_round",
    "confirm_same",
    "create_need",
    "edit_need",
    "judge_answer",
    "move_need",
    "open_round",
    "propose_need",
    "rate_topics",
    "refer_need",
    "reject_same",
    "release_need",
    "renew_audiences",
]
