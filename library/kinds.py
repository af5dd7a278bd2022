"""What each type of record asks for: label, structured fields, review interval."""

from dataclasses import dataclass

from library.models import Effect, RecordKind


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One type of record."""

    label: str
    fields: dict[str, str]
    """Structured field to its label, in the order shown."""
    review_months: int
    """Default review interval (METHODS section 10)."""


_STORY = {
    "problem": "Problem",
    "context": "Context",
    "action": "What was done",
    "outcome": "Outcome",
    "cost": "Cost",
    "pitfalls": "Pitfalls",
}

KINDS: dict[RecordKind, KindSpec] = {
    RecordKind.CASE_STUDY: KindSpec("Case study", {**_STORY, "contact": "Contact"}, 24),
    RecordKind.SOP: KindSpec(
        "SOP or guideline",
        {"purpose": "Purpose", "scope": "Scope", "legal_basis": "Legal basis", "contact": "Contact"},
        12,
    ),
    RecordKind.LESSON: KindSpec("Lesson", _STORY, 24),
    RecordKind.TEMPLATE: KindSpec("Template or tool", {"use_when": "Use when", "contact": "Contact"}, 18),
    RecordKind.LEGAL_NOTE: KindSpec("Legal note", {"legal_basis": "Legal basis", "applies_to": "Applies to"}, 6),
    RecordKind.RESEARCH_DIGEST: KindSpec(
        "Research digest", {"question": "Question", "method": "Method", "finding": "Finding"}, 24
    ),
    RecordKind.TRAINING_MATERIAL: KindSpec(
        "Training material", {"audience": "Audience", "duration": "Duration", "objectives": "Objectives"}, 18
    ),
    RecordKind.AFTER_ACTION: KindSpec("After-action report", _STORY, 24),
}

EFFECT_LABELS = {
    Effect.WORKED: "Worked",
    Effect.MIXED: "Mixed results",
    Effect.NO_EFFECT: "No effect",
    Effect.HARMFUL: "Did harm",
    Effect.UNKNOWN: "Not yet known",
}

STATUS_LABELS = {"current": "Reviewed and current", "overdue": "Review overdue"}
"""Values of the facet `status`."""

STRENGTH_LABELS = (
    "Idea or untested",
    "Described, practitioners' view",
    "Evaluated locally",
    "Independently evaluated with comparison",
    "Repeated in several places or systematic review",
)
"""Second axis of evidence, by strength 0..4 (METHODS section 7)."""
