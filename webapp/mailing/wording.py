"""What a notice or a mail says to one person, made at the moment of reading or sending with the rights he has then.

An object he may no longer see is not told of at all; of one that is marked TLP:RED only that there is something: neither title
nor text of it ever stands in a mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString
from sqlmodel import Session

from core.access import Viewer, load_tokens
from core.content import ContentRef
from core.notices import Notice
from webapp.part import Parts


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in words."""

    notice_id: int
    sentence: LazyString
    title: str
    """Of the object, where it may be told."""
    url: str
    at: datetime
    is_read: bool
    ref: ContentRef | None = None


def lines_for(
    parts: Parts, session: Session, viewer: Viewer, notices: Sequence[Notice], *, is_external: bool = False
) -> list[Line]:
    """The notices in words, in their order, without those about what the viewer may not see now. Needs an application context."""
    known = [one for one in notices if one.event in parts.notices]
    titles = parts.titles(session, viewer, (one.ref for one in known if one.ref))
    red = _red(session, {one.ref for one in known if one.ref}) if is_external else set()
    lines: list[Line] = []
    for notice in known:
        assert notice.id is not None
        if notice.ref is not None and parts.has_titles(notice.ref.kind) and notice.ref not in titles:
            continue
        lines.append(
            Line(
                notice_id=notice.id,
                sentence=parts.notices[notice.event],
                title=titles.get(notice.ref, "") if notice.ref and notice.ref not in red else "",
                url=parts.url_of(notice.ref, is_external=is_external) if notice.ref else "",
                at=notice.created_at,
                is_read=notice.read_at is not None,
                ref=notice.ref,
            )
        )
    return lines


def _red(session: Session, refs: set[ContentRef]) -> set[ContentRef]:
    """Those seen by named persons only, as their tokens say: what is marked RED, whatever kind it is of."""
    found: set[ContentRef] = set()
    for kind in {ref.kind for ref in refs}:
        ids = [ref.id for ref in refs if ref.kind == kind]
        for number, tokens in load_tokens(session, kind, ids).items():
            if tokens.audience and all(token.startswith("user:") for token in tokens.audience):
                found.add(ContentRef(kind, number))
    return found
