"""How threads become search documents and result cards: one document for each thread, a section for each post.

A post that fewer people may read than its thread stays out of the document altogether. Of a question asked without a name
neither author nor organisation nor country is in it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlmodel import Session, col, select

from core import markup, outbox
from core.access import Tokens, Viewer, load_tokens
from core.clock import Clock
from core.content import Card, ContentRef, Place, Section, Signals, SourceDocument
from core.people import Organisation, User, names_of_organisations
from core.taxonomy import area_of
from forums import relations
from forums.kinds import KIND_LABELS
from forums.models import KIND, Post, PostState, Thread, ThreadKind
from forums.queries import threads as queries
from forums.queries.categories import LISTED

BATCH = 500
ANCHOR = "post-"
"""Before the id of a post in the fragment of its address."""


class ThreadSource:
    """`ContentSource` of the forums."""

    kind = KIND

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def unsettled(self, session: Session, viewer: Viewer) -> frozenset[int]:
        """Changed threads that are not for the viewer, or not listed, any more."""
        changed = set(session.exec(outbox.marked(KIND)))
        if not changed:
            return frozenset()
        seen = select(Thread.id).where(queries.listed(viewer), col(Thread.id).in_(outbox.marked(KIND)))
        return frozenset(changed.difference(one for one in session.exec(seen) if one is not None))

    def ids(self, session: Session) -> Iterator[int]:
        """Ids of listed threads, ascending."""
        last = 0
        listed = select(Thread.id).where(col(Thread.state).in_(LISTED))
        while batch := session.exec(listed.where(col(Thread.id) > last).order_by(col(Thread.id)).limit(BATCH)).all():
            yield from (one for one in batch if one is not None)
            last = batch[-1] or last

    def load(self, session: Session, ids: Sequence[int]) -> Mapping[int, SourceDocument]:
        """Search documents of those ids that are listed."""
        rows = select(Thread).where(col(Thread.id).in_(ids), col(Thread.state).in_(LISTED))
        found = {row.id: row for row in session.exec(rows) if row.id is not None}
        wanted = list(found)
        tokens, posts = load_tokens(session, KIND, wanted), _posts(session, wanted)
        topics, tags = relations.topics_of(session, wanted), relations.tags_of(session, wanted)
        organisations = names_of_organisations(session, (row.organisation_id for row in found.values()))
        people = {one.author_id for group in posts.values() for one in group if not one.is_unnamed}
        authors = {row.id: row for row in session.exec(select(User).where(col(User.id).in_(people)))}
        return {
            key: _document(
                thread,
                tokens=tokens[key],
                topics=topics.get(key, []),
                tags=tags.get(key, []),
                organisation=organisations[thread.organisation_id],
                posts=posts.get(key, []),
                authors={number: one for number, one in authors.items() if number is not None},
            )
            for key, thread in found.items()
            if key in tokens
        }

    def cards(self, session: Session, viewer: Viewer, ids: Iterable[int]) -> Mapping[int, Card]:
        """Cards of those threads the viewer may see now, in one access query."""
        found = queries.find_listed(session, viewer, ids)
        named = [row.organisation_id for row in found.values() if not row.is_unnamed]
        organisations = names_of_organisations(session, named)
        return {key: _card(row, organisations) for key, row in found.items()}


def _card(thread: Thread, organisations: Mapping[int, Organisation]) -> Card:
    assert thread.id is not None
    body = None if thread.is_unnamed else organisations.get(thread.organisation_id)
    return Card(
        ref=ContentRef(KIND, thread.id),
        title=thread.title,
        summary=thread.excerpt,
        kind_label=KIND_LABELS[ThreadKind(thread.kind)],
        organisation=(body.acronym or body.name) if body else "",
        marking=thread.tlp.label,
        language=thread.language,
        changed=thread.last_at,
        revision=thread.revision,
        badges={"status": _status(thread), "answers": str(thread.answers), "kind": thread.kind},
    )


def _document(
    thread: Thread,
    *,
    tokens: Tokens,
    topics: list[str],
    tags: list[str],
    organisation: Organisation,
    posts: Sequence[Post],
    authors: Mapping[int, User],
) -> SourceDocument:
    areas = {area_of(topic) for topic in topics}
    status = _status(thread)
    names = [authors[one.author_id] for one in posts if not one.is_unnamed and one.author_id in authors]
    facets = {
        "kind": (thread.kind,),
        "topic": tuple(sorted({*topics, *areas} - {""})),
        "organisation": () if thread.is_unnamed else (organisation.key,),
        "country": (thread.country,) if thread.country and not thread.is_unnamed else (),
        "language": (thread.language,),
        "year": (str(thread.created_at.year),),
        "marking": (thread.marking,),
        "status": (status,) if status else (),
        "by": tuple(sorted({key for one in names for key in _keys(one)})),
    }
    return SourceDocument(
        ref=thread.ref,
        revision=thread.revision,
        title=thread.title,
        summary="",
        tags=tuple(tags),
        sections=tuple(_sections(posts, authors)),
        language=thread.language,
        facets=facets,
        created=thread.created_at,
        changed=thread.last_at,
        audience=tokens.audience,
        space=tokens.space,
        signals=Signals(solved=thread.solved_post_id is not None),
    )


def _sections(posts: Sequence[Post], authors: Mapping[int, User]) -> Iterator[Section]:
    for post in posts:
        name = "" if post.is_unnamed or post.author_id not in authors else authors[post.author_id].name
        place = Place("post", name, f"{ANCHOR}{post.id}", None, post.id)
        for section in markup.sections(post.body_source):
            yield Section(section.text, place)


def _status(thread: Thread) -> str:
    if thread.kind != ThreadKind.QUESTION:
        return ""
    return "solved" if thread.solved_post_id is not None else "open"


def _keys(author: User) -> tuple[str, ...]:
    name = markup.slug(author.name)
    return (name, *name.split("-"))


def _posts(session: Session, ids: Sequence[int]) -> dict[int, list[Post]]:
    rows = select(Post).where(col(Post.thread_id).in_(ids), Post.state == PostState.SHOWN.value, ~col(Post.is_stricter))
    found: dict[int, list[Post]] = {}
    for row in session.exec(rows.order_by(col(Post.thread_id), col(Post.position), col(Post.id))):
        found.setdefault(row.thread_id, []).append(row)
    return found
