"""The life cycle of a need as data, and the words for everything that is chosen from a list."""

from dataclasses import dataclass

from training.needs.models import Cause, RankBand, Status


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of the life cycle: by its verb, from these states to that one."""

    verb: str
    label: str
    sources: tuple[Status, ...]
    target: Status
    wants_reason: bool = False


LIVE = (Status.OPEN, Status.PLANNED)
TRANSITIONS: tuple[Transition, ...] = (
    Transition("open", "Open it", (Status.DRAFT,), Status.OPEN),
    Transition("plan", "Mark as planned", (Status.OPEN,), Status.PLANNED),
    Transition("meet", "Mark as met", LIVE, Status.MET, wants_reason=True),
    Transition("refer", "Refer elsewhere", (Status.DRAFT, *LIVE), Status.REFERRED, wants_reason=True),
    Transition("close", "Close it", (Status.DRAFT, *LIVE), Status.CLOSED, wants_reason=True),
    Transition("reopen", "Open it again", (Status.MET, Status.REFERRED, Status.CLOSED), Status.OPEN, wants_reason=True),
)

STATUS_LABELS = {
    Status.DRAFT: "Draft",
    Status.OPEN: "Open",
    Status.PLANNED: "Planned",
    Status.MET: "Met",
    Status.REFERRED: "Referred",
    Status.CLOSED: "Closed",
}
CAUSE_LABELS = {
    Cause.SKILL: "Lack of skill",
    Cause.PROCEDURE: "Lack of a procedure",
    Cause.EQUIPMENT: "Lack of equipment",
    Cause.STAFFING: "Lack of staff",
}
RANK_LABELS = {
    RankBand.ALL: "All ranks",
    RankBand.CONSTABULARY: "Constables and head constables",
    RankBand.JUNIOR: "Assistant sub-inspector to inspector",
    RankBand.MIDDLE: "Deputy superintendent to superintendent",
    RankBand.SENIOR: "Senior superintendent and above",
}
LEVEL_LABELS = {1: "Awareness", 2: "Practitioner", 3: "Advanced", 4: "Expert", 5: "Train the trainer"}
URGENCY_LABELS = {
    1: "Nice to have",
    2: "Useful",
    3: "Wanted within two years",
    4: "Wanted within a year",
    5: "Work suffers already",
    6: "Work fails without it within a year",
}
TRAINABLE = Cause.SKILL
"""The only cause that training removes: the other ones are handed to who can (METHODS section 1, cause gate)."""


def steps_from(status: Status, cause: Cause) -> list[Transition]:
    """The steps that a need in this state can take. One with another cause than skill is not planned or met by training."""
    barred = () if cause is TRAINABLE else ("plan", "meet", "open", "reopen")
    return [one for one in TRANSITIONS if status in one.sources and one.verb not in barred]
