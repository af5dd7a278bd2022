"""What a record says, as one value: of a draft, of a stored record, of a version that is kept."""

from datetime import date
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from core.access import Marked, Marking
from core.marking import recipients_of
from core.tagging import tags_of, topics_of
from library.drafts import RecordDraft
from library.kinds import KINDS
from library.models import KIND, Effect, Record, RecordKind

MARKING = ("marking", "space_id", "organisations", "users")
"""What decides, with the source, who sees a record."""
GRADE = ("effect", "strength", "reviewed_on", "review_due")
"""What only who publishes sets (METHODS section 7); its author proposes it."""
COLUMNS = (
    "title",
    "summary",
    "body_source",
    "body_html",
    "rendered_by",
    "organisation_id",
    "country",
    "language",
    "year",
    "strength",
    "space_id",
    "reviewed_on",
    "review_due",
)
"""What stands in columns of the record under the same name, as it is."""


class RecordContent(BaseModel):
    """All that a version of a record says, with its marking and recipients. Immutable; its JSON is what versions keep."""

    model_config = ConfigDict(frozen=True)

    kind: RecordKind
    title: str
    summary: str
    body_source: str
    body_html: str
    rendered_by: int
    fields: dict[str, str]
    """Structured fields; those that another type has are kept and not shown."""
    topics: list[str]
    tags: list[str]
    organisation_id: int
    country: str
    language: str
    year: int
    effect: Effect
    strength: int
    marking: Marking
    organisations: list[int]
    users: list[int]
    space_id: int | None
    reviewed_on: date | None
    review_due: date | None

    @classmethod
    def of_draft(cls, draft: RecordDraft, known: Record | None = None) -> Self:
        """What a draft says; structured fields of `known` that the draft's type does not have are kept."""
        own = KINDS[draft.kind].fields
        kept = {name: text for name, text in (known.fields if known else {}).items() if name not in own}
        return cls(
            **draft.model_dump(include={*cls.model_fields} - {"fields", "organisations", "users"}),
            body_source=draft.body.source,
            body_html=draft.body.html,
            rendered_by=draft.body.version,
            fields={**kept, **draft.other_fields, **draft.fields},
            organisations=sorted(set(draft.listed_organisations)),
            users=sorted(set(draft.named_users)),
        )

    @classmethod
    def of_record(cls, session: Session, record: Record) -> Self:
        """What a stored record says now."""
        recipients = recipients_of(session, record.ref)
        return cls(
            **{name: getattr(record, name) for name in COLUMNS},
            kind=RecordKind(record.kind),
            effect=Effect(record.effect),
            marking=record.tlp,
            fields=dict(record.fields),
            topics=topics_of(session, KIND, [record.ref.id]).get(record.ref.id, []),
            tags=tags_of(session, KIND, [record.ref.id]).get(record.ref.id, []),
            organisations=sorted(recipients.organisations),
            users=sorted(recipients.users),
        )

    def fill(self, record: Record) -> None:
        """Write it into the columns of a record."""
        for name in COLUMNS:
            setattr(record, name, getattr(self, name))
        record.kind, record.effect, record.marking = self.kind.value, self.effect.value, self.marking.value
        record.fields = dict(self.fields)

    def taking(self, other: "RecordContent", names: tuple[str, ...]) -> Self:
        """The same with those values of another one."""
        return self.model_copy(update={name: getattr(other, name) for name in names})

    def marked(self, author_id: int) -> Marked:
        """The facts that decide who sees it."""
        return Marked(
            marking=self.marking,
            organisation_id=self.organisation_id,
            author_id=author_id,
            listed_organisations=frozenset(self.organisations),
            named_users=frozenset(self.users),
            space_id=self.space_id,
        )

    def as_json(self) -> dict[str, Any]:
        """For a JSON column."""
        return self.model_dump(mode="json")

    @property
    def shown_fields(self) -> dict[str, str]:
        """Structured fields of its own type, in the order shown."""
        return {name: self.fields[name] for name in KINDS[self.kind].fields if self.fields.get(name)}

    def says_the_same(self, other: "RecordContent") -> bool:
        """True when nobody could tell the two apart."""
        return self._compared() == other._compared()

    def _compared(self) -> dict[str, Any]:
        values = self.model_dump(exclude={"body_html", "rendered_by"})
        return {name: sorted(value) if name in ("topics", "tags") else value for name, value in values.items()}


def hidden_fields(kind: RecordKind, fields: dict[str, str]) -> dict[str, str]:
    """Structured fields that are kept though the type does not have them, each with its label."""
    labels = {name: label for spec in KINDS.values() for name, label in spec.fields.items()}
    return {name: labels[name] for name in fields if name not in KINDS[kind].fields and name in labels}
