"""Who may do what in the forums. Pure: no session, no HTTP. Seeing is decided by `core.access` alone."""

from collections.abc import Collection
from dataclasses import dataclass

from core.access import MEMBER, Marked, Marking, Viewer
from core.people import Role
from forums.models import Category, Post, PostState, Thread, ThreadKind, ThreadState

NAMELESS_MARKINGS = frozenset({Marking.CLEAR, Marking.GREEN})
"""Markings of a question asked without a name: every other one says from which organisation it comes."""


@dataclass(frozen=True, slots=True)
class Rights:
    """A person in a category that he may see."""

    viewer: Viewer
    category: Category
    is_moderator: bool

    @property
    def user_id(self) -> int:
        """The person's id."""
        return self.viewer.user_id


def rights_in(viewer: Viewer, category: Category, named: Collection[int]) -> Rights:
    """`named`: ids of the categories that the viewer was named a moderator of."""
    is_moderator = bool(viewer.audience) and (viewer.has(Role.MODERATOR) or category.id in named)
    return Rights(viewer, category, is_moderator)


def audience_of_category(category: Category) -> Marked:
    """The facts that decide who sees a category: every member, within its space."""
    return Marked(Marking.GREEN, organisation_id=0, author_id=0, space_id=category.space_id)


def audience_of(
    thread: Thread, category: Category, organisations: Collection[int] = (), users: Collection[int] = ()
) -> Marked:
    """The facts that decide who sees a thread; the space is the category's."""
    return Marked(
        marking=Marking(thread.chosen_marking),
        organisation_id=thread.organisation_id,
        author_id=thread.author_id,
        listed_organisations=frozenset(organisations),
        named_users=frozenset(users),
        space_id=category.space_id,
    )


def can_manage_categories(viewer: Viewer) -> bool:
    """Categories are made and changed by moderators and administrators."""
    return viewer.has(Role.MODERATOR, Role.ADMINISTRATOR)


def can_start(rights: Rights) -> bool:
    """The category's rule on who starts threads; nobody in an archived one."""
    if rights.category.is_archived or not rights.viewer.audience:
        return False
    if rights.is_moderator:
        return True
    return not rights.category.is_announcements and _fits(rights.viewer, rights.category.starters)


def can_announce(rights: Rights) -> bool:
    """Announcements come from moderators and IPCU staff."""
    return can_start(rights) and (rights.is_moderator or rights.viewer.has(Role.IPCU_STAFF))


def can_start_kind(rights: Rights, kind: ThreadKind) -> bool:
    """A category of announcements takes nothing else."""
    if kind is ThreadKind.ANNOUNCEMENT:
        return can_announce(rights)
    return can_start(rights) and not rights.category.is_announcements


def can_ask_unnamed(rights: Rights, kind: ThreadKind, marking: Marking) -> bool:
    """A question, with a marking that does not tell the organisation, where such a marking is allowed."""
    return kind is ThreadKind.QUESTION and marking in NAMELESS_MARKINGS and marking in rights.category.markings


def can_post(rights: Rights, thread: Thread) -> bool:
    """The category's rule on who replies, in an open thread; moderators also in a locked one."""
    if rights.category.is_archived or not rights.viewer.audience:
        return False
    if rights.is_moderator:
        return thread.is_listed
    if thread.state != ThreadState.OPEN or rights.category.is_announcements:
        return False
    return _fits(rights.viewer, rights.category.posters)


def is_held(rights: Rights, posts_before: int) -> bool:
    """True when a post has to wait for a moderator."""
    if rights.is_moderator:
        return False
    return rights.category.is_premoderated or posts_before < rights.category.held_posts


def can_read_post(rights: Rights, post: Post) -> bool:
    """Of a post whose access tokens the viewer meets: the text of a held or deleted one is for its author and moderators."""
    return post.state == PostState.SHOWN or rights.is_moderator or post.author_id == rights.user_id


def can_edit(rights: Rights, thread: Thread, post: Post) -> bool:
    """Its author while the thread is open, and moderators; not what is deleted."""
    if post.state == PostState.DELETED or rights.category.is_archived or not thread.is_listed:
        return post.state == PostState.HELD and post.author_id == rights.user_id
    return rights.is_moderator or (post.author_id == rights.user_id and thread.state == ThreadState.OPEN)


def can_withdraw(rights: Rights, thread: Thread, post: Post) -> bool:
    """Authors take back their own posts, but for the first one of a thread; moderators any."""
    if post.state == PostState.DELETED:
        return False
    return rights.is_moderator or (post.author_id == rights.user_id and post.position > 1 and thread.is_listed)


def can_restore(rights: Rights, post: Post) -> bool:
    """Moderators, and an author what he took back himself."""
    if post.state != PostState.DELETED:
        return False
    return rights.is_moderator or (post.author_id == rights.user_id and post.deleted_by == rights.user_id)


def can_accept(rights: Rights, thread: Thread) -> bool:
    """Which answer solved a question is said by its asker or a moderator."""
    if thread.kind != ThreadKind.QUESTION or not thread.is_listed:
        return False
    return rights.is_moderator or thread.author_id == rights.user_id


def can_thank(rights: Rights, thread: Thread, post: Post) -> bool:
    """Every reader, but nobody himself."""
    return thread.is_listed and post.state == PostState.SHOWN and post.author_id != rights.user_id


def can_flag(rights: Rights, thread: Thread, post: Post) -> bool:
    """Every reader may bring another's post before the moderators."""
    return post.state == PostState.SHOWN and post.author_id != rights.user_id and thread.is_listed


def can_tag(rights: Rights, thread: Thread) -> bool:
    """Title, topics and tags are the author's and the moderators' to change."""
    return thread.is_listed and (rights.is_moderator or thread.author_id == rights.user_id)


def can_tighten(rights: Rights, author_id: int) -> bool:
    """A marking is raised by the author and by moderators. Nothing in the forums is ever widened."""
    return rights.is_moderator or author_id == rights.user_id


def can_see_receipts(rights: Rights, thread: Thread) -> bool:
    """Who has read an announcement is for moderators and for the one who made it."""
    is_announcement = thread.kind == ThreadKind.ANNOUNCEMENT
    return is_announcement and (rights.is_moderator or thread.author_id == rights.user_id)


def _fits(viewer: Viewer, rules: Collection[str]) -> bool:
    if not rules:
        return MEMBER in viewer.audience
    for rule in rules:
        scope, _, value = rule.partition(":")
        if scope == "role" and value in set(Role) and viewer.has(Role(value)):
            return True
        if scope == "org" and rule in viewer.audience:
            return True
    return False
