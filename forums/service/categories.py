"""Making, changing, ordering and closing categories."""

from sqlmodel import Session, col, select

from core.access import Viewer
from core.errors import Conflict, Forbidden, Invalid, Message, require
from core.people import User
from core.uow import UnitOfWork
from forums import policy
from forums.drafts import CategoryDraft
from forums.models import Category, CategoryModerator, Thread
from forums.queries import categories
from forums.service.audience import mark_category

ONLY_KEEPERS = Message("Categories are managed by moderators and administrators.")


def create_category(work: UnitOfWork, viewer: Viewer, draft: CategoryDraft) -> Category:
    """Add a category after the others. Raises Conflict for a key in use."""
    require(policy.can_manage_categories(viewer), ONLY_KEEPERS)
    _check(work.session, viewer, draft, None)
    if work.session.exec(select(Category.id).where(Category.key == draft.key)).first() is not None:
        raise Invalid("This short name is in use already.", {"key": Message("This short name is in use already.")})
    category = Category(
        key=draft.key,
        title=draft.title,
        position=categories.last_position(work.session) + 1,
        created_by=viewer.user_id,
        created_at=work.now,
    )
    _fill(category, draft)
    work.session.add(category)
    work.session.flush()
    _name_moderators(work.session, category, draft.moderators)
    mark_category(work.session, category)
    work.audit("category.created", category.ref, key=category.key)
    return category


def edit_category(work: UnitOfWork, viewer: Viewer, key: str, draft: CategoryDraft) -> Category:
    """Change a category. Its space stays as it is once it has threads: moving them is done thread by thread."""
    require(policy.can_manage_categories(viewer), ONLY_KEEPERS)
    category = categories.get_category(work.session, viewer, key)
    if draft.revision != category.revision:
        raise Conflict("Somebody else saved this while you were writing. Compare, then save again.")
    _check(work.session, viewer, draft, category)
    space = category.space_id
    _fill(category, draft)
    if space != category.space_id and _has_threads(work.session, category):
        message = "A category with threads stays in its space. Make another one and move the threads."
        raise Invalid(message, {"space_id": message})
    category.revision += 1
    work.session.add(category)
    _name_moderators(work.session, category, draft.moderators)
    mark_category(work.session, category)
    work.audit("category.edited", category.ref, revision=category.revision)
    return category


def archive_category(work: UnitOfWork, viewer: Viewer, key: str, *, archived: bool) -> Category:
    """Close a category, so that it stays readable and takes nothing new, or open it again."""
    require(policy.can_manage_categories(viewer), ONLY_KEEPERS)
    category = categories.get_category(work.session, viewer, key)
    category.is_archived = archived
    category.revision += 1
    work.session.add(category)
    work.audit("category.archived" if archived else "category.opened", category.ref)
    return category


def move_category(work: UnitOfWork, viewer: Viewer, key: str, *, up: bool) -> None:
    """Change places with the neighbour above or below."""
    require(policy.can_manage_categories(viewer), ONLY_KEEPERS)
    found = categories.list_categories(work.session, viewer, with_archived=True)
    category = categories.get_category(work.session, viewer, key)
    at = [one.id for one in found].index(category.id)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(found):
        return
    found[at], found[other] = found[other], found[at]
    places = sorted(one.position for one in found)
    for place, one in zip(places, found, strict=True):
        one.position = place
        work.session.add(one)
    work.audit("category.ordered", category.ref)


def _check(session: Session, viewer: Viewer, draft: CategoryDraft, known: Category | None) -> None:
    keeps = known is not None and known.space_id == draft.space_id
    if draft.space_id is not None and not keeps and f"space:{draft.space_id}" not in viewer.spaces:
        raise Invalid("You do not belong to that space.", {"space_id": Message("You do not belong to that space.")})
    found = session.exec(select(User.id).where(col(User.id).in_(draft.moderators), col(User.is_active))).all()
    if len(found) != len(set(draft.moderators)):
        raise Forbidden("One of the named moderators has no account here.")


def _has_threads(session: Session, category: Category) -> bool:
    return session.exec(select(Thread.id).where(Thread.category_id == category.id).limit(1)).first() is not None


def _fill(category: Category, draft: CategoryDraft) -> None:
    category.title = draft.title
    category.description = draft.description
    category.space_id = draft.space_id
    category.starters = draft.starters
    category.posters = draft.posters
    category.is_premoderated = draft.is_premoderated
    category.held_posts = draft.held_posts
    category.allowed_markings = [one.value for one in draft.allowed_markings]
    category.default_marking = draft.default_marking.value
    category.slow_seconds = draft.slow_seconds
    category.is_announcements = draft.is_announcements


def _name_moderators(session: Session, category: Category, people: list[int]) -> None:
    assert category.id is not None
    for row in session.exec(select(CategoryModerator).where(CategoryModerator.category_id == category.id)).all():
        session.delete(row)
    session.flush()
    session.add_all(CategoryModerator(category_id=category.id, user_id=one) for one in sorted(set(people)))
    session.flush()
