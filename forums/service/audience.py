"""Who sees threads and posts: tokens from the marking, narrowed by what they carry of others, and renewed when bodies change.

What quotes or discusses something is for those only who may read both: the two token sets are intersected exactly.
"""

from collections.abc import Iterable

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from core.access import MEMBER, OPEN, Marked, Marking, Tokens, Viewer, drop_tokens, load_tokens, store_tokens, tokens_in
from core.errors import Invalid, Message
from core.people import User, ancestors_of
from core.uow import UnitOfWork
from forums import policy, relations
from forums.models import KIND, POST, Category, Post, PostQuote, Thread
from forums.queries.posts import tokens_for
from forums.service.counting import contribution, settle

NOBODY = Message("Nobody could read this: what it carries is for other people than its marking.")


def mark_category(session: Session, category: Category) -> Tokens:
    """Store who sees a category."""
    tokens = tokens_in(session, policy.audience_of_category(category))
    store_tokens(session, category.ref, tokens)
    return tokens


def mark_thread(session: Session, thread: Thread, category: Category) -> Tokens:
    """Store who sees a thread, within what it discusses. Raises Invalid when that is nobody."""
    assert thread.id is not None
    recipients = relations.recipients_of(session, thread.id)
    marked = policy.audience_of(thread, category, recipients.organisations, recipients.users)
    tokens = tokens_in(session, marked)
    if thread.about is not None:
        about = load_tokens(session, thread.about.kind, [thread.about.id]).get(thread.about.id)
        tokens = intersect(session, tokens, about) if about else tokens
    store_tokens(session, thread.ref, tokens)
    thread.audience = " ".join(sorted(tokens.audience))
    session.add(thread)
    return tokens


def mark_post(session: Session, thread: Thread, category: Category, post: Post) -> Tokens:
    """Store who sees a post: its thread's readers, or fewer for its own marking and for what it quotes."""
    assert post.id is not None
    of_thread = load_tokens(session, KIND, [post.thread_id])[post.thread_id]
    own = _own_tokens(session, thread, category, post)
    for quoted in _quoted(session, post.id):
        own = intersect(session, own, tokens_for(session, quoted))
    post.is_stricter = is_wider(session, of_thread, own)
    if post.is_stricter:
        store_tokens(session, post.ref, own)
    else:
        drop_tokens(session, post.ref)
    session.add(post)
    return own if post.is_stricter else of_thread


def _own_tokens(session: Session, thread: Thread, category: Category, post: Post) -> Tokens:
    of_thread = load_tokens(session, KIND, [post.thread_id])[post.thread_id]
    chosen = Marking(post.chosen_marking)
    if chosen.strictness <= thread.tlp.strictness:
        return of_thread
    # The asker reads every answer to him. His organisation does, too, unless that would tell where he is from.
    marked = Marked(
        chosen,
        organisation_id=post.organisation_id,
        author_id=post.author_id,
        listed_organisations=frozenset() if thread.is_unnamed else frozenset({thread.organisation_id}),
        space_id=category.space_id,
    )
    tokens = tokens_in(session, marked)
    tokens = Tokens(tokens.audience | {f"user:{thread.author_id}"}, tokens.space)
    return intersect(session, tokens, of_thread)


def set_quotes(session: Session, post: Post, quoted: Iterable[int]) -> None:
    """Replace what the post quotes."""
    assert post.id is not None
    for row in session.exec(select(PostQuote).where(PostQuote.post_id == post.id)).all():
        session.delete(row)
    session.flush()
    session.add_all(PostQuote(post_id=post.id, quoted_id=one) for one in sorted(set(quoted)) if one != post.id)
    session.flush()


def intersect(session: Session, first: Tokens, second: Tokens) -> Tokens:
    """Tokens of those who hold tokens of both. Raises Invalid when nobody can."""
    audience = {one for one in first.audience if _is_covered(session, one, second.audience)}
    audience |= {one for one in second.audience if _is_covered(session, one, first.audience)}
    space = first.space if OPEN in second.space else second.space if OPEN in first.space else first.space & second.space
    if not audience or not space:
        raise Invalid(NOBODY, {"marking": NOBODY})
    return Tokens(frozenset(audience), space)


def is_wider(session: Session, new: Tokens, old: Tokens) -> bool:
    """True when somebody could see the object by the new tokens who could not by the old ones."""
    if new == old:
        return False
    if new.space != old.space and OPEN not in old.space:
        return True
    return any(not _is_covered(session, token, old.audience) for token in new.audience)


def keep_own_access(viewer: Viewer, tokens: Tokens) -> None:
    """Raise Invalid when the writer could then no longer see it."""
    if not viewer.sees(tokens):
        message = Message("With this marking you could no longer see it yourself.")
        raise Invalid(message, {"marking": message})


def renew_audiences(work: UnitOfWork, organisation_id: int) -> int:
    """Work out anew who sees the TLP:AMBER threads and posts of an organisation, or shared with it; the number that changed."""
    session, changed = work.session, 0
    concerned = select(Thread, Category).join(Category, col(Category.id) == col(Thread.category_id))
    listed = relations.shared_with(organisation_id)
    is_concerned = or_(col(Thread.organisation_id) == organisation_id, col(Thread.id).in_(listed))
    is_amber = and_(col(Thread.chosen_marking) == Marking.AMBER.value, is_concerned)
    # What discusses something follows the readers of that, which were renewed before.
    for thread, category in session.exec(concerned.where(or_(is_amber, col(Thread.about_id).is_not(None)))).all():
        if _is_renewed(session, thread, category):
            work.mark_dirty(thread.ref, "audience")
            changed += 1
    posts = (
        select(Post, Thread, Category)
        .join(Thread, col(Thread.id) == col(Post.thread_id))
        .join(Category, col(Category.id) == col(Thread.category_id))
        .where(
            col(Post.is_stricter),
            Post.chosen_marking == Marking.AMBER.value,
            or_(col(Post.organisation_id) == organisation_id, col(Thread.organisation_id) == organisation_id),
        )
    )
    for post, thread, category in session.exec(posts).all():
        before = load_tokens(session, POST, [post.id or 0]).get(post.id or 0)
        changed += mark_post(session, thread, category, post) != before
    return changed


def _is_renewed(session: Session, thread: Thread, category: Category) -> bool:
    assert thread.id is not None
    before, counted = load_tokens(session, KIND, [thread.id]).get(thread.id), contribution(thread)
    if mark_thread(session, thread, category) == before:
        return False
    settle(session, counted, thread)
    return True


def remark_posts(session: Session, thread: Thread, category: Category) -> None:
    """Posts follow when their thread's readers have become fewer, or it stands in another space."""
    for post in session.exec(select(Post).where(Post.thread_id == thread.id, col(Post.is_stricter))).all():
        mark_post(session, thread, category, post)


def _quoted(session: Session, post_id: int) -> list[Post]:
    ids = select(PostQuote.quoted_id).where(PostQuote.post_id == post_id)
    return list(session.exec(select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id))))


def _is_covered(session: Session, token: str, audience: frozenset[str]) -> bool:
    if token in audience or MEMBER in audience:
        return True
    scope, _, number = token.partition(":")
    if scope == "user":
        user = session.get(User, int(number))
        return user is not None and _is_body_covered(session, user.organisation_id, audience)
    return scope == "org" and _is_body_covered(session, int(number), audience)


def _is_body_covered(session: Session, organisation_id: int, audience: frozenset[str]) -> bool:
    # A member of a body holds the tokens of all bodies above it.
    return any(f"org:{one}" in audience for one in ancestors_of(session, organisation_id))
