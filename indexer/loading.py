"""Reads documents through the content sources; what is wrong with one of them is kept to that one."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from core.content import ContentRef, SourceDocument
from core.db import Database, is_passing
from core.errors import Unavailable
from core.sources import ContentSource, Sources

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Loaded:
    """What became of a list of references. Each is in one of the three."""

    documents: dict[ContentRef, SourceDocument] = field(default_factory=dict)
    absent: list[ContentRef] = field(default_factory=list)
    """They do not belong in the index now."""
    failed: dict[ContentRef, str] = field(default_factory=dict)
    """Class of the error by reference; never its text, which may quote restricted content."""


def load(database: Database, sources: Sources, refs: Iterable[ContentRef]) -> Loaded:
    """The documents as the database has them now. Raises Unavailable when it is down."""
    by_kind: dict[str, list[int]] = {}
    for ref in dict.fromkeys(refs):
        by_kind.setdefault(ref.kind, []).append(ref.id)
    loaded = Loaded()
    for kind, ids in by_kind.items():
        source = sources.get(kind)
        found = _load_all(database, source, ids, loaded) if source is not None else {}
        for one in ids:
            ref = ContentRef(kind, one)
            if one in found:
                loaded.documents[ref] = found[one]
            elif ref not in loaded.failed:
                loaded.absent.append(ref)
    return loaded


def _load_all(
    database: Database, source: ContentSource, ids: Sequence[int], loaded: Loaded
) -> Mapping[int, SourceDocument]:
    try:
        with database.reading() as session:
            return source.load(session, ids)
    except Unavailable:
        raise
    except Exception as error:
        if isinstance(error, SQLAlchemyError) and is_passing(error):
            raise
        # The job boundary: whatever a domain stumbles over must not stop the objects beside it.
        if len(ids) == 1:
            ref = ContentRef(source.kind, ids[0])
            log.exception("%s cannot be read for the index", ref)
            loaded.failed[ref] = type(error).__name__
            return {}
    found: dict[int, SourceDocument] = {}
    for one in ids:
        found.update(_load_all(database, source, [one], loaded))
    return found
