"""All counts anew, from the posts themselves."""

from sqlmodel import col, select

from core.uow import UnitOfWork
from forums.models import Thread, ThreadCount
from forums.service.counting import contribution, recount


def recount_all(work: UnitOfWork) -> int:
    """Put every count right; how many were wrong."""
    session, wrong = work.session, 0
    wanted: dict[tuple[int, str], tuple[int, int]] = {}
    for thread in session.exec(select(Thread).order_by(col(Thread.id))).all():
        before = (thread.post_count, thread.stricter_count)
        recount(session, thread)
        if before != (thread.post_count, thread.stricter_count):
            wrong += 1
            work.mark_dirty(thread.ref, "recount")
        adds = contribution(thread)
        if adds.threads:
            threads, posts = wanted.get((adds.category_id, adds.audience), (0, 0))
            wanted[adds.category_id, adds.audience] = (threads + adds.threads, posts + adds.posts)
    session.flush()
    rows = {(row.category_id, row.audience): row for row in session.exec(select(ThreadCount)).all()}
    for key in rows.keys() | wanted.keys():
        threads, posts = wanted.get(key, (0, 0))
        row = rows.get(key) or ThreadCount(category_id=key[0], audience=key[1])
        if (row.threads, row.posts) != (threads, posts):
            row.threads, row.posts = threads, posts
            session.add(row)
            wrong += 1
    session.flush()
    work.audit("forums.recounted", wrong=wrong)
    return wrong
