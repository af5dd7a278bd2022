"""Readers' words for the stored values of the forums. English; webapp translates them."""

from forums.models import FlagReason, ThreadKind

KIND_LABELS = {
    ThreadKind.QUESTION: "Question",
    ThreadKind.DISCUSSION: "Discussion",
    ThreadKind.ANNOUNCEMENT: "Announcement",
}
STATUS_LABELS = {"solved": "Solved", "open": "Not solved yet"}
"""Values of the facet `status`, of questions only."""
FUNCTION_LABELS = {
    "investigation": "Investigation",
    "operations": "Operations",
    "analysis": "Analysis",
    "forensics": "Forensics",
    "training": "Training",
    "command": "Command",
    "community": "Community work",
    "traffic": "Traffic",
    "legal": "Law and procedure",
    "administration": "Administration",
}
"""What the asker of an unnamed question may say of his work."""
REASON_LABELS = {
    FlagReason.SENSITIVE: "It gives away what must not be shared",
    FlagReason.MARKING: "It needs a stricter marking",
    FlagReason.RUDE: "It is rude or attacks a person",
    FlagReason.WRONG: "It is wrong or dangerous advice",
    FlagReason.OFF_TOPIC: "It does not belong here",
    FlagReason.OTHER: "Something else",
}
UNNAMED_RANK = "Officer"
"""Shown for an asker who does not show his rank either."""
