"""Accepted answers, thanks, votes."""

from collections.abc import Iterable

from sqlmodel import col, select

from core.access import Viewer
from core.errors import Conflict, Invalid, NotFound, require
from core.uow import UnitOfWork
from forums import policy
from forums.models import PollOption, PollVote, Post, PostState, PostThanks, Thread
from forums.queries import posts, threads
from forums.service.posting import touch


def accept_answer(work: UnitOfWork, viewer: Viewer, post_id: int, *, accept: bool = True) -> Thread:
    """Say which post solved the question, or that none did."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    thread = opened.thread
    require(policy.can_accept(opened.rights, thread), "The asker or a moderator says which answer solved a question.")
    is_accepted = thread.solved_post_id == post.id
    if is_accepted == accept:
        return thread
    if not accept:
        thread.solved_post_id = None
    elif post.state != PostState.SHOWN or post.position <= 1 or post.is_stricter:
        raise Invalid("Only an answer that every reader of the thread sees can be the accepted one.")
    else:
        thread.solved_post_id = post.id
        if post.author_id != viewer.user_id:
            work.notify(post.author_id, "answer.accepted", post.ref, {})
    touch(work, thread, "solved")
    work.audit("thread.solved" if accept else "thread.reopened", thread.ref, post=post.id)
    return thread


def thank(work: UnitOfWork, viewer: Viewer, post_id: int, *, thanks: bool = True) -> Post:
    """Thank for a post, once, or take it back."""
    opened, post = posts.open_post(work.session, viewer, post_id)
    require(policy.can_thank(opened.rights, opened.thread, post), "You cannot thank for this post.")
    row = work.session.get(PostThanks, (post_id, viewer.user_id))
    if thanks and row is None:
        work.session.add(PostThanks(post_id=post_id, user_id=viewer.user_id, at=work.now))
        post.thanks += 1
    elif not thanks and row is not None:
        work.session.delete(row)
        post.thanks -= 1
    work.session.add(post)
    work.session.flush()
    return post


def vote(work: UnitOfWork, viewer: Viewer, thread_id: int, chosen: Iterable[int]) -> None:
    """Vote, or vote anew while the poll is open. Raises Conflict for a closed one, Invalid for what it does not offer."""
    opened = threads.open_thread(work.session, viewer, thread_id)
    found = posts.get_poll(work.session, thread_id)
    if found is None:
        raise NotFound
    poll, options = found
    is_over = poll.closes_at is not None and poll.closes_at <= work.now
    if is_over or not opened.thread.is_listed:
        raise Conflict("This poll is closed.")
    wanted = set(chosen)
    if not wanted or not wanted <= {one.id for one in options} or (len(wanted) > 1 and not poll.is_multiple):
        raise Invalid("Choose one of the offered answers.")
    assert poll.id is not None
    _replace_votes(work, viewer, poll.id, options, wanted)


def _replace_votes(
    work: UnitOfWork, viewer: Viewer, poll_id: int, options: Iterable[PollOption], wanted: set[int]
) -> None:
    before = posts.votes_of(work.session, poll_id, viewer.user_id)
    gone = select(PollVote).where(
        PollVote.user_id == viewer.user_id, PollVote.poll_id == poll_id, col(PollVote.option_id).not_in(wanted)
    )
    for row in work.session.exec(gone).all():
        work.session.delete(row)
    work.session.add_all(
        PollVote(option_id=one, user_id=viewer.user_id, poll_id=poll_id) for one in sorted(wanted - before)
    )
    for option in options:
        assert option.id is not None
        option.votes += (option.id in wanted) - (option.id in before)
        work.session.add(option)
    work.session.flush()
