"""Starting threads and replying."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from sqlmodel import Session

from core import markup
from core.access import Marking, Viewer, strictest
from core.content import ContentRef
from core.errors import Conflict, Invalid, NotFound, require
from core.people import Organisation, User
from core.uow import UnitOfWork
from forums import policy, relations
from forums.drafts import PollDraft, ReplyDraft, ThreadDraft
from forums.kinds import UNNAMED_RANK
from forums.models import Poll, PollOption, Post, PostState, Thread, ThreadState
from forums.policy import Rights
from forums.queries import categories, posts, threads
from forums.queries.threads import Opened
from forums.service.audience import keep_own_access, mark_post, mark_thread, set_quotes
from forums.service.counting import Contribution, contribution, settle
from forums.service.mentions import call_people
from forums.service.reading import drop_draft, step_read

QUOTE = re.compile(r"^>.*\]\((?:[^()\s]*?)/threads/\d+/posts/(\d+)\)", re.MULTILINE)
"""The line with which a quotation names where it is from."""
EXCERPT = 300


@dataclass(frozen=True, slots=True)
class About:
    """What a new thread discusses: an object that its writer may see, with its marking."""

    ref: ContentRef
    marking: Marking


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of what somebody wrote."""

    thread: Thread
    post: Post
    uncalled: tuple[str, ...] = field(default=())
    """Names after an `@` that called nobody."""

    @property
    def is_held(self) -> bool:
        """True when it waits for a moderator."""
        return PostState.HELD in (self.post.state, self.thread.state)


def start_thread(
    work: UnitOfWork,
    viewer: Viewer,
    key: str,
    draft: ThreadDraft,
    body: markup.Rendered,
    about: About | None = None,
) -> Posted:
    """Begin a thread in the category `key`. The same form sent twice is one thread."""
    if sent := posts.find_sent(work.session, viewer.user_id, draft.key):
        return Posted(threads.open_thread(work.session, viewer, sent.thread_id).thread, sent)
    category = categories.get_category(work.session, viewer, key)
    rights = categories.rights_of(work.session, viewer, category)
    _check_start(rights, draft)
    _check_pace(work, rights)
    thread = _new_thread(work, rights, draft, about)
    if thread.marking not in [one.value for one in category.markings]:
        message = "This category does not take this marking."
        raise Invalid(message, {"marking": message})
    work.session.add(thread)
    work.session.flush()
    assert thread.id is not None
    relations.set_recipients(work.session, thread.id, draft.listed_organisations, draft.named_users)
    relations.set_labels(work.session, thread.id, draft.topics, draft.tags)
    keep_own_access(viewer, mark_thread(work.session, thread, category))
    if draft.poll is not None:
        _add_poll(work.session, thread.id, draft.poll)
    opened = Opened(thread, category, rights)
    is_held = policy.is_held(rights, posts.count_posts_by(work.session, viewer.user_id))
    nothing = Contribution(thread.category_id, thread.audience, 0, 0)
    post = _write(work, opened, draft.body, body, marking=thread.tlp, key=draft.key, reply_to=None)
    if post.is_stricter:
        message = "A thread cannot begin with a quotation that fewer people may read than the thread."
        raise Invalid(message, {"body": message})
    if is_held:
        thread.state, post.state = ThreadState.HELD.value, PostState.HELD.value
        _tell_moderators(work, opened, post)
    # The audit names what was done; of an unnamed question it must not tell more than the thread itself.
    work.audit("thread.started", thread.ref, category=category.key, marking=thread.marking)
    drop_draft(work, viewer, f"category:{category.id}")
    return _publish(work, opened, post, nothing)


def reply(work: UnitOfWork, viewer: Viewer, thread_id: int, draft: ReplyDraft, body: markup.Rendered) -> Posted:
    """Add a post. Raises Conflict, whose message says why, when the thread takes none any more."""
    if sent := posts.find_sent(work.session, viewer.user_id, draft.key):
        return Posted(threads.open_thread(work.session, viewer, sent.thread_id).thread, sent)
    opened = threads.open_thread(work.session, viewer, thread_id)
    thread, rights = opened.thread, opened.rights
    _check_reply(rights, thread)
    _check_pace(work, rights)
    answered = None
    if draft.reply_to is not None:
        answered = posts.find_readable(work.session, viewer, [draft.reply_to]).get(draft.reply_to)
    marking = strictest([thread.tlp, draft.marking or thread.tlp])
    _check_unnamed(thread, viewer, marking)
    is_held = policy.is_held(rights, posts.count_posts_by(work.session, viewer.user_id))
    post = _write(work, opened, draft.body, body, marking=marking, key=draft.key, reply_to=answered)
    if is_held:
        post.state = PostState.HELD.value
        _tell_moderators(work, opened, post)
    work.audit("post.written", post.ref, thread=thread.id, marking=post.marking)
    drop_draft(work, viewer, f"thread:{thread.id}")
    return _publish(work, opened, post)


def release(work: UnitOfWork, opened: Opened, post: Post, tokens_of: Viewer) -> Posted:
    """Show a post that waited: it takes its place at the end, and those it calls are called now."""
    thread = opened.thread
    before = contribution(thread)
    post.state = PostState.SHOWN.value
    if thread.state == ThreadState.HELD:
        thread.state = ThreadState.OPEN.value
    return _publish(work, opened, post, before=before, author=tokens_of)


def quoted_in(session: Session, viewer: Viewer, source: str) -> list[Post]:
    """Posts that a text quotes and its writer may read. Raises Invalid for one that he may not."""
    ids = {int(number) for number in QUOTE.findall(source) if len(number) < 10}
    found = posts.find_readable(session, viewer, ids)
    if len(found) != len(ids):
        message = "A quotation is from a post that is not there any more. Take it out."
        raise Invalid(message, {"body": message})
    return list(found.values())


def excerpt_of(source: str) -> str:
    """The beginning of a text for cards."""
    text = " ".join(markup.plain(source[:4000]).split())
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rsplit(' ', 1)[0]} …"


def _check_start(rights: Rights, draft: ThreadDraft) -> None:
    if rights.category.is_archived:
        raise Conflict("This category is closed: nothing new can be started in it.")
    require(policy.can_start_kind(rights, draft.kind), "You may read this category, but not start such a thread in it.")
    if draft.is_unnamed and not policy.can_ask_unnamed(rights, draft.kind, draft.marking):
        message = "Only a question marked CLEAR or GREEN can be asked without a name: others tell your organisation."
        raise Invalid(message, {"is_unnamed": message})
    if draft.is_unnamed and draft.about:
        message = "A question about a record cannot be asked without a name."
        raise Invalid(message, {"is_unnamed": message})


def _check_reply(rights: Rights, thread: Thread) -> None:
    if thread.state == ThreadState.MERGED:
        raise Conflict("This thread was merged into another one. Post your text there.")
    if thread.state == ThreadState.DELETED:
        raise NotFound("This thread was removed. Your text was not posted.")
    if thread.state == ThreadState.LOCKED and not rights.is_moderator:
        raise Conflict("This thread was locked: nothing can be added to it.")
    if rights.category.is_archived:
        raise Conflict("This category is closed: nothing can be added to it.")
    require(policy.can_post(rights, thread), "You may read this thread, but not write in it.")


def _check_pace(work: UnitOfWork, rights: Rights) -> None:
    wait = rights.category.slow_seconds
    if not wait or rights.is_moderator or rights.category.id is None:
        return
    last = posts.last_post_by(work.session, rights.user_id, rights.category.id)
    if last is not None and work.now - last.created_at < timedelta(seconds=wait):
        raise Conflict("Slow mode: you posted here a moment ago. Wait a little, then send it again.")


def _check_unnamed(thread: Thread, viewer: Viewer, marking: Marking) -> None:
    if thread.is_unnamed and viewer.user_id == thread.author_id and marking not in policy.NAMELESS_MARKINGS:
        message = "With this marking your post would tell your organisation."
        raise Invalid(message, {"marking": message})


def _new_thread(work: UnitOfWork, rights: Rights, draft: ThreadDraft, about: About | None) -> Thread:
    assert rights.category.id is not None
    user = work.session.get(User, rights.user_id)
    body = work.session.get(Organisation, rights.viewer.organisation_id)
    assert user is not None
    marking = strictest([draft.marking, about.marking]) if about else draft.marking
    # Marked as what it discusses, a thread is for whoever may read that; marked more strictly, for fewer of them.
    is_own = about is None or draft.marking.strictness > about.marking.strictness
    rank = user.rank.partition("(")[0].strip() if draft.shows_rank else ""
    return Thread(
        kind=draft.kind.value,
        title=draft.title,
        excerpt=excerpt_of(draft.body),
        category_id=rights.category.id,
        author_id=rights.user_id,
        organisation_id=rights.viewer.organisation_id,
        country="" if draft.is_unnamed or body is None else body.country,
        language=draft.language,
        marking=marking.value,
        chosen_marking=(draft.marking if is_own else Marking.GREEN).value,
        is_unnamed=draft.is_unnamed,
        asker_rank=(rank or UNNAMED_RANK) if draft.is_unnamed else "",
        asker_function=draft.function if draft.is_unnamed else "",
        about_kind=about.ref.kind if about else "",
        about_id=about.ref.id if about else None,
        last_at=work.now,
        created_at=work.now,
        changed_at=work.now,
    )


def _add_poll(session: Session, thread_id: int, draft: PollDraft) -> None:
    poll = Poll(thread_id=thread_id, question=draft.question, is_multiple=draft.is_multiple, closes_at=draft.closes_at)
    session.add(poll)
    session.flush()
    assert poll.id is not None
    session.add_all(
        PollOption(poll_id=poll.id, position=number, text=text) for number, text in enumerate(draft.options)
    )


def _write(
    work: UnitOfWork,
    opened: Opened,
    source: str,
    body: markup.Rendered,
    *,
    marking: Marking,
    key: str,
    reply_to: Post | None,
) -> Post:
    thread, viewer = opened.thread, opened.rights.viewer
    assert thread.id is not None
    quoted = quoted_in(work.session, viewer, source)
    post = Post(
        thread_id=thread.id,
        position=thread.last_position,
        author_id=viewer.user_id,
        organisation_id=viewer.organisation_id,
        is_unnamed=thread.is_unnamed and thread.author_id == viewer.user_id,
        body_source=source,
        body_html=body.html,
        rendered_by=body.version,
        marking=strictest([marking, *(one.tlp for one in quoted)]).value,
        chosen_marking=marking.value,
        reply_to_id=reply_to.id if reply_to and reply_to.thread_id == thread.id else None,
        submit_key=key,
        created_at=work.now,
    )
    _check_unnamed(thread, viewer, post.tlp)
    work.session.add(post)
    work.session.flush()
    set_quotes(work.session, post, (one.id for one in quoted if one.id is not None))
    keep_own_access(viewer, mark_post(work.session, thread, opened.category, post))
    return post


def _publish(
    work: UnitOfWork, opened: Opened, post: Post, before: Contribution | None = None, author: Viewer | None = None
) -> Posted:
    thread = opened.thread
    counted = before or contribution(thread)
    if post.state == PostState.SHOWN:
        if post.is_stricter:
            thread.stricter_count += 1
        else:
            _append(work, thread, post)
    work.session.add(post)
    work.session.add(thread)
    settle(work.session, counted, thread)
    if post.state != PostState.SHOWN:
        return Posted(thread, post)
    writer = author or opened.rights.viewer
    step_read(work, writer, thread, post)
    uncalled = call_people(work, opened, post)
    is_first = thread.post_count <= 1 and not post.is_stricter
    if not is_first and thread.author_id != post.author_id:
        work.notify(thread.author_id, "post.replied", post.ref, {})
    return Posted(thread, post, tuple(uncalled))


def _append(work: UnitOfWork, thread: Thread, post: Post) -> None:
    thread.last_position += 1
    thread.post_count += 1
    post.position = thread.last_position
    post.created_at = work.now
    thread.last_at = work.now
    thread.last_post_id = post.id
    touch(work, thread, "post")


def touch(work: UnitOfWork, thread: Thread, reason: str) -> None:
    """Raise the thread's revision and tell search."""
    thread.revision += 1
    thread.changed_at = work.now
    work.session.add(thread)
    work.mark_dirty(thread.ref, reason)


def _tell_moderators(work: UnitOfWork, opened: Opened, post: Post) -> None:
    assert opened.category.id is not None
    for person in categories.list_moderators(work.session, opened.category.id):
        if person.id is not None and person.id != post.author_id:
            work.notify(person.id, "post.held", post.ref, {})
