"""The forums' demo: its size and mixture, nothing of the real world, every thread readable by those who write in it."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import func, select

from core.access import viewer_of
from core.people import find_user_by_email
from core.settings import Settings
from forums.models import Case, Category, Post, PostState, Thread
from forums.queries.threads import find_listed
from forums.service.recounting import recount_all
from search.embedding import HashEmbedder
from tests.functional.test_demo import REAL
from webapp.composition import build_runtime
from webapp.demo.loader import load_demo
from webapp.forums.demo import thread_files
from webapp.runtime import Runtime

FILES = {path.name: tomllib.loads(path.read_text("utf-8")) for path in thread_files()}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, blank_database: Path) -> Iterator[tuple[Runtime, dict[str, int]]]:
    folder = tmp_path_factory.mktemp("forum-demo")
    (folder / "ipcu.sqlite3").write_bytes(blank_database.read_bytes())
    settings = Settings(data_dir=folder, secret_key="a signing key of a test, long enough", embedding="off")
    runtime = build_runtime(settings, web=False, embedder=HashEmbedder())
    yield runtime, load_demo(runtime, lambda done, total: None)
    runtime.close()


def test_there_is_as_much_as_promised() -> None:
    assert len(FILES) == 45
    assert [name[:2] for name in FILES] == [f"{number:02}" for number in range(1, 46)]
    assert len({meta["title"] for meta in FILES.values()}) == 45
    assert sum(len(meta["post"]) for meta in FILES.values()) >= 300
    assert len({meta["category"] for meta in FILES.values()}) == 9
    assert Counter(meta["language"] for meta in FILES.values())["ur"] == 4
    assert sum("solved" in meta for meta in FILES.values()) >= 12
    assert sum("about" in meta for meta in FILES.values()) >= 15
    assert sum("unnamed" in meta for meta in FILES.values()) == 1
    assert sum("dispute" in meta for meta in FILES.values()) == 1
    assert sum(meta["kind"] == "announcement" for meta in FILES.values()) == 2


def test_nothing_of_the_real_world_is_named() -> None:
    texts = [(name, post["body"]) for name, meta in FILES.items() for post in meta["post"]]
    assert [(name, found[0]) for name, text in texts for found in REAL.finditer(text)] == []


def test_urdu_threads_are_written_in_urdu_script() -> None:
    for name, meta in FILES.items():
        letters = [char for post in meta["post"] for char in post["body"] if char.isalpha()]
        share = sum("\u0600" <= char <= "\u06ff" for char in letters) / len(letters)
        assert (share > 0.95) if meta["language"] == "ur" else (share < 0.01), name


def test_no_post_stands_twice() -> None:
    bodies = Counter(post["body"].strip() for meta in FILES.values() for post in meta["post"])
    assert bodies.most_common(1)[0][1] == 1


def test_it_loads_whole_and_its_counts_are_right(demo: tuple[Runtime, dict[str, int]]) -> None:
    runtime, report = demo
    assert (report["threads"], report["posts"]) == (45, sum(len(meta["post"]) for meta in FILES.values()))
    with runtime.reading() as session:
        assert session.exec(select(func.count()).select_from(Category)).one() == 9
        spaces = session.exec(select(Category.space_id)).all()
        assert len(set(spaces)) == 4, "three closed spaces and the open one"
        assert session.exec(select(Post.state).where(Post.state != PostState.SHOWN.value)).all() == ["deleted"]
        case = session.exec(select(Case)).one()
        assert (case.state, case.decision, case.appeal_decision) == ("closed", "removed", "removed")
        assert case.decided_by != case.appeal_decided_by
    with runtime.work() as work:
        assert recount_all(work) == 0


def test_who_writes_in_a_thread_may_read_it_and_posts_are_in_order(demo: tuple[Runtime, dict[str, int]]) -> None:
    runtime, _ = demo
    with runtime.reading() as session:
        ids = {thread.title: thread for thread in session.exec(select(Thread))}
        for meta in FILES.values():
            thread = ids[meta["title"]]
            for name in {post["by"] for post in meta["post"]}:
                user = find_user_by_email(session, f"{name}@exchange.example")
                assert user is not None
                assert thread.id in find_listed(session, viewer_of(session, user), [thread.id or 0])
            times = session.exec(select(Post.created_at).where(Post.thread_id == thread.id).order_by(Post.id)).all()
            assert times == sorted(times)
            assert thread.created_at == times[0] <= thread.last_at <= runtime.clock.now()
