"""The forums' content of the demo: categories, and threads in the voices of its people, written through the services."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from core.access import Marking, Viewer
from core.content import ContentRef
from core.markup import render
from core.notices import Notice
from core.people import get_user
from forums import service
from forums.drafts import CategoryDraft, DecisionDraft, FlagDraft, ReasonDraft, ReplyDraft, ThreadDraft
from forums.models import POST, Case, Decision, Flag, FlagReason, Post, Thread
from webapp.stage import DemoStage

HOST = "exchange.example"
KEEPER = "nadir.qasimi"
"""Makes the open categories and that of his own space."""
UNREAD = 2
"""Notices of each person that the demo leaves unread."""


def thread_files() -> list[Traversable]:
    """The files of the demo's threads, in their order."""
    content = resources("webapp.demo") / "content" / "threads"
    return sorted(content.iterdir(), key=lambda entry: entry.name)


def load_threads(stage: DemoStage) -> None:
    """Make the categories, then write, answer, thank and solve as people would. Threads are known to later parts as `thread:03`."""
    content = resources("webapp.demo") / "content"
    writers = _Writers(stage)
    for entry in tomllib.loads((content / "categories.toml").read_text("utf-8"))["category"]:
        _make_category(stage, writers, entry)
    for path in thread_files():
        meta = tomllib.loads(path.read_text("utf-8"))
        thread = _Story(stage, writers, meta).write()
        stage.objects[f"thread:{path.name[:2]}"] = thread.ref
        stage.count("threads")
        stage.count("posts", len(meta["post"]))
        stage.progress()
    _settle_notices(stage)


class _Writers:
    """People of the story by the part of their address before the `@`."""

    def __init__(self, stage: DemoStage) -> None:
        self._stage = stage
        self._known: dict[str, Viewer] = {}

    def __getitem__(self, name: str) -> Viewer:
        if name not in self._known:
            self._known[name] = self._stage.viewer(f"{name}@{HOST}")
        return self._known[name]


def _make_category(stage: DemoStage, writers: _Writers, entry: dict[str, Any]) -> None:
    values = {name: value for name, value in entry.items() if name not in ("space", "moderators")}
    moderators = entry.get("moderators", [])
    # A category in a space is made by somebody who is in it and moderates.
    maker = writers[moderators[0] if moderators else KEEPER]
    draft = CategoryDraft(
        **values,
        space_id=stage.spaces[entry["space"]] if entry.get("space") else None,
        moderators=[writers[name].user_id for name in moderators],
    )
    service.create_category(stage.work, maker, draft)


class _Story:
    """One thread from its file."""

    def __init__(self, stage: DemoStage, writers: _Writers, meta: dict[str, Any]) -> None:
        self._stage, self._writers, self._meta = stage, writers, meta
        self._at = datetime.combine(date.fromisoformat(meta["day"]), time(7, 20), UTC)
        self._posts: list[Post] = []

    def write(self) -> Thread:
        """Its posts in order, then thanks, the answer that solved it, and what moderators did."""
        first, *others = self._meta["post"]
        thread = self._start(first)
        for entry in others:
            self._at += timedelta(hours=entry.get("after", 5), minutes=7 * len(self._posts))
            self._reply(thread, entry)
        if number := self._meta.get("solved"):
            solved = self._posts[number - 1].id
            assert solved is not None
            service.accept_answer(self._stage.work, self._writers[first["by"]], solved)
        if self._meta.get("pinned"):
            assert thread.id is not None
            service.set_pinned(self._stage.work, self._writers[first["by"]], thread.id, pinned=True)
        if dispute := self._meta.get("dispute"):
            self._quarrel(dispute)
        shown = [one for one in self._posts if one.is_counted]
        thread.last_at = thread.changed_at = shown[-1].created_at
        self._stage.work.session.add(thread)
        return thread

    def _start(self, entry: dict[str, Any]) -> Thread:
        meta, stage = self._meta, self._stage
        draft = ThreadDraft(
            kind=meta["kind"],
            title=meta["title"],
            body=entry["body"],
            language=meta["language"],
            marking=Marking(meta["marking"]),
            topics=meta["topics"],
            tags=meta["tags"],
            listed_organisations=[stage.organisations[key] for key in meta.get("listed", [])],
            named_users=[stage.people[email] for email in meta.get("named", [])],
            is_unnamed="unnamed" in meta,
            function=meta.get("unnamed", ""),
            key=self._key(),
        )
        about = None
        if meta.get("about"):
            ref = stage.objects[meta["about"]]
            about = service.About(ref, stage.markings[ref])
        viewer = self._writers[entry["by"]]
        posted = service.start_thread(stage.work, viewer, meta["category"], draft, render(entry["body"]), about)
        posted.thread.created_at = self._at
        self._wrote(posted.post, entry)
        return posted.thread

    def _reply(self, thread: Thread, entry: dict[str, Any]) -> None:
        assert thread.id is not None
        body = entry["body"]
        if number := entry.get("quote"):
            quoted = self._posts[number - 1]
            who = get_user(self._stage.work.session, quoted.author_id).name
            lines = [
                f"**{who}**, [{quoted.created_at:%Y-%m-%d}](/threads/{thread.id}/posts/{quoted.id}):",
                "",
                *quoted.body_source.splitlines(),
            ]
            body = "\n".join([*(f"> {line}".rstrip() for line in lines), "", body])
        draft = ReplyDraft(body=body, key=self._key())
        posted = service.reply(self._stage.work, self._writers[entry["by"]], thread.id, draft, render(draft.body))
        self._wrote(posted.post, entry)

    def _wrote(self, post: Post, entry: dict[str, Any]) -> None:
        assert post.id is not None
        post.created_at = min(self._at, self._stage.work.now)
        self._posts.append(post)
        for name in entry.get("thanks", []):
            service.thank(self._stage.work, self._writers[name], post.id)

    def _quarrel(self, dispute: dict[str, Any]) -> None:
        work, post = self._stage.work, self._posts[dispute["post"] - 1]
        assert post.id is not None
        for name, note in zip(dispute["flags"], dispute["notes"], strict=True):
            case = service.flag_post(work, self._writers[name], post.id, FlagDraft(reason=FlagReason.RUDE, note=note))
        assert case.id is not None
        first, second = self._writers[dispute["moderator"]], self._writers[dispute["second"]]
        service.claim_case(work, first, case.id)
        removed = DecisionDraft(decision=Decision.REMOVED, reason=dispute["reason"])
        service.decide_case(work, first, case.id, removed)
        author = next(one for one in map(self._writers.__getitem__, self._names()) if one.user_id == post.author_id)
        service.appeal_decision(work, author, case.id, ReasonDraft(reason=dispute["appeal"]))
        service.claim_case(work, second, case.id)
        service.decide_appeal(work, second, case.id, DecisionDraft(decision=Decision.REMOVED, reason=dispute["answer"]))
        self._date_case(case, post)

    def _date_case(self, case: Case, post: Post) -> None:
        hours = {"opened_at": 3, "decided_at": 21, "appealed_at": 30, "closed_at": 49}
        for name, after in hours.items():
            setattr(case, name, post.created_at + timedelta(hours=after))
        post.deleted_at = case.decided_at
        for flag in self._stage.work.session.exec(select(Flag).where(Flag.case_id == case.id)).all():
            flag.at = case.opened_at

    def _names(self) -> list[str]:
        return [entry["by"] for entry in self._meta["post"]]

    def _key(self) -> str:
        return f"demo-{self._meta['category']}-{self._meta['day']}-{len(self._posts)}"


def _settle_notices(stage: DemoStage) -> None:
    """Notices are as old as what they tell of, and all but the last two of each person are read."""
    session = stage.work.session
    session.flush()
    rows = session.exec(select(Notice).where(Notice.kind != "", col(Notice.read_at).is_(None))).all()
    written = {ContentRef(POST, one.id or 0): one.created_at for one in session.exec(select(Post)).all()}
    by_person: dict[int, list[Notice]] = {}
    for notice in rows:
        if notice.ref in written:
            notice.created_at = written[notice.ref]
            by_person.setdefault(notice.user_id, []).append(notice)
    for notices in by_person.values():
        for notice in sorted(notices, key=lambda one: one.created_at)[:-UNREAD]:
            notice.read_at = notice.created_at
            session.add(notice)
    is_case = update(Notice).where(col(Notice.kind) == "case")
    session.execute(is_case.values(read_at=stage.work.now).execution_options(synchronize_session="fetch"))
