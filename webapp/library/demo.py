"""The library's content of the demo: eighty records with their files."""

import io
import re
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from typing import Any

from sqlmodel import col, select

from core.access import Marking
from core.attachments import attach
from core.people import UserRole
from core.uow import UnitOfWork
from indexer.extraction import sniff_media_type
from library.drafts import RecordDraft, WithdrawDraft
from library.models import KIND, Record
from library.service import RECORD_HOST, create_record, withdraw_record
from library.service.records import release_record
from webapp.demo import FENCE
from webapp.stage import DemoStage

LINK = re.compile(r"\]\(record:(\d\d)\)")
"""`[words](record:22)` in a body points to the record whose file name starts with 22; it must stand before this one."""


def record_files() -> list[Traversable]:
    """The files of the demo's records, in their order."""
    content = resources("webapp.demo") / "content" / "records"
    return sorted(content.iterdir(), key=lambda entry: entry.name)


def load_records(stage: DemoStage) -> None:
    """Write, attach, publish and withdraw them as their people would. Each is known to later parts as `record:22`."""
    for path in record_files():
        _load_record(stage, path)
        stage.count("records")
        stage.progress()


def _load_record(stage: DemoStage, path: Traversable) -> None:
    work = stage.work
    _, front, body = path.read_text("utf-8").split(FENCE, 2)
    meta = tomllib.loads(front)
    body = LINK.sub(lambda found: f"](/records/{stage.objects[f'{KIND}:{found[1]}'].id})", body)
    author = stage.viewer(meta["author"])
    record = create_record(work, author, _draft(meta, body.strip(), stage))
    assert record.id is not None
    stage.objects[f"{KIND}:{path.name[:2]}"] = record.ref
    stage.markings[record.ref] = record.tlp
    for entry in meta.get("attachments", []):
        data = stage.make_document(entry["filename"], entry["title"], entry["body"])
        stored = stage.files.put(io.BytesIO(data), limit=len(data))
        media_type = sniff_media_type(io.BytesIO(data), entry["filename"])
        name = entry["filename"]
        attach(work, author, RECORD_HOST, record.id, filename=name, stored=stored, media_type=media_type)
        stage.count("attachments")
    if meta["status"] != "draft":
        release_record(work, record, publisher_id=_publisher(work, record))
    if meta["status"] == "withdrawn":
        withdraw_record(work, author, record.id, WithdrawDraft(reason="Superseded by a newer record."))
    _date(work, record)


def _date(work: UnitOfWork, record: Record) -> None:
    """From the day of its last review, so that newest and oldest, `before:` and `after:` mean something. The audit chain has the truth."""
    if record.reviewed_on is None or record.id is None:
        return
    working_day = datetime.combine(record.reviewed_on, time(8), UTC) + timedelta(minutes=record.id)
    record.created_at = record.changed_at = min(working_day, work.now)
    record.published_at = record.published_at and record.changed_at


def _draft(meta: dict[str, Any], body: str, stage: DemoStage) -> RecordDraft:
    space = meta.get("space", "")
    return RecordDraft(
        kind=meta["kind"],
        title=meta["title"],
        summary=meta["summary"],
        body=body,
        fields=meta.get("fields", {}),
        topics=meta["topics"],
        tags=meta["tags"],
        organisation_id=stage.organisations[meta["organisation"]],
        country=meta["country"],
        language=meta["language"],
        year=meta["year"],
        effect=meta["effect"],
        strength=meta["strength"],
        marking=Marking(meta["marking"]),
        listed_organisations=[stage.organisations[key] for key in meta.get("listed", [])],
        named_users=[stage.people[email] for email in meta.get("named", [])],
        space_id=stage.spaces[space] if space and space != "open" else None,
        reviewed_on=date.fromisoformat(meta["reviewed"]) if meta.get("reviewed") else None,
        review_due=date.fromisoformat(meta["review_due"]) if meta.get("review_due") else None,
    )


def _publisher(work: UnitOfWork, record: Record) -> int:
    """A librarian other than the author (two-person rule)."""
    librarians = select(UserRole.user_id).where(UserRole.role == "librarian", UserRole.user_id != record.author_id)
    return work.session.exec(librarians.order_by(col(UserRole.user_id))).first() or record.author_id
