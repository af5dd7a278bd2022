"""Libraries of any size that look like the demo: what most benchmarks search.

The demo is loaded and indexed by the product itself, with the real model. Every further record is drawn from two of the demo's: each
of its one to six passages begins as a passage of the one and ends as a passage of the other, a fifth of the words are exchanged
(half for words of the demo, half for rare invented ones), and its vector lies between theirs, moved aside. So words, vectors,
questions and what is near to what resemble those of real texts; rows, tokens and index entries are real. The dictionary of suggestions
knows the demo's words only. The same seed makes the same library.

How near passages are to each other decides what a graph search finds. Cosines of the nearest, the 10th and the 100th, medians:
here .80, .70, .62 among 100,000; in vaswani_npl .69, .58, .45 among 11,433; in cranfield .77, .64, .52 among 1,786. (Copies of one
passage each, as these libraries once were, have a hundred neighbours above .82: none of these collections is like that.)
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert

from core.access import AccessToken, Marking, Viewer, viewer_of
from core.content import ContentRef, Place, Signals
from core.people import User, find_user_by_email
from core.settings import Settings
from indexer.build import prepare
from indexer.plan import Expected
from indexer.vectors import VectorStore
from library.models import KIND, Record, RecordKind
from search.documents import Passage, SearchDocument, Vector
from search.embedding import Embedder
from search.text import normalise, title_key
from webapp.composition import build_runtime
from webapp.demo import DEMO_PASSWORD
from webapp.demo.loader import load_demo
from webapp.demo.questions import read_questions
from webapp.migrations import upgrade
from webapp.runtime import Runtime

PERSON = "adeel.toramani@exchange.example"
"""Who searches, and who wrote every further record."""
PASSWORD = DEMO_PASSWORD

BATCH = 500
FIRST = 100_001
"""Number of the first further record."""
EXCHANGED = 0.2
MOVED = 0.6
"""Length of what is added to a unit vector before it is made one again: a cosine of 0.86 with what it was."""
RARE_WORDS = 30_000
VISIBLE_SHARE = 0.6
START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Model:
    """A record of the demo, which others are drawn from."""

    title: str
    passages: tuple[NDArray[np.int64], ...]
    """Each as numbers of words."""
    vectors: NDArray[np.float32]
    places: tuple[Place, ...]
    facets: Mapping[str, tuple[str, ...]]


class Patterns:
    """The demo's records cut into words and vectors, and further records drawn from them."""

    def __init__(self, runtime: Runtime) -> None:
        self._numbers: dict[str, int] = {}
        # What is in a script that the model does not know has no vectors.
        made = [one for one in documents_of(runtime) if any(part.vector is not None for part in one.passages)]
        self.models = [self._model(one) for one in made]
        self._known = len(self._numbers)
        draw = np.random.default_rng(3)
        letters = np.array(list("abcdefghijklmnoprstuvw"))
        rare = ["".join(draw.choice(letters, size=draw.integers(6, 12))) for _ in range(RARE_WORDS)]
        self._words = np.array([*self._numbers, *rare], dtype=object)

    def documents(self, passages: int, seed: int = 11) -> Iterator[SearchDocument]:
        """Further records with so many passages in all."""
        draw, made, number = np.random.default_rng(seed), 0, FIRST
        while made < passages:
            model, other = (self.models[one] for one in draw.integers(len(self.models), size=2))
            count = min(int(draw.integers(1, 7)), len(model.passages), passages - made)
            made += count
            yield self._drawn(draw, number, model, other, count)
            number += 1

    def _drawn(self, draw: np.random.Generator, number: int, model: Model, other: Model, count: int) -> SearchDocument:
        chosen = draw.choice(len(model.passages), size=count, replace=False)
        ends = draw.integers(len(other.passages), size=count)
        shares = draw.beta(1.5, 1.5, size=count).astype(np.float32)
        texts = [
            self._text(draw, model.passages[one], other.passages[end], share)
            for one, end, share in zip(chosen, ends, shares.tolist(), strict=True)
        ]
        between = _unit(shares[:, None] * model.vectors[chosen] + (1 - shares[:, None]) * other.vectors[ends])
        noise = _unit(draw.standard_normal(between.shape, dtype=np.float32))
        vectors = _unit(between + MOVED * noise)
        title = f"{model.title} {self._words[self._known + number % RARE_WORDS]}"
        changed = START + timedelta(minutes=number % 1_000_000)
        is_visible = draw.random() < VISIBLE_SHARE
        return SearchDocument(
            ref=ContentRef(KIND, number),
            revision=1,
            content_hash="0" * 32,
            state_hash="1" * 32,
            title=title,
            summary="",
            tags=(),
            body="\n\n".join((title, *texts)),
            language="en",
            facets={**model.facets, "year": (str(2015 + number % 12),), "evidence": (str(number % 5),)},
            created=changed,
            changed=changed,
            audience=frozenset({"member" if is_visible else "org:999999"}),
            space=frozenset({"open"}),
            signals=Signals(evidence=number % 5),
            passages=tuple(
                Passage(text, model.places[one], vector)
                for text, one, vector in zip(texts, chosen, vectors, strict=True)
            ),
            title_key=title_key(title),
            title_vector=vectors[0],
        )

    def _text(self, draw: np.random.Generator, begin: NDArray[np.int64], end: NDArray[np.int64], share: float) -> str:
        changed = np.concatenate([begin[: int(share * len(begin))], end[int(share * len(end)) :]])
        which = np.flatnonzero(draw.random(len(changed)) < EXCHANGED)
        changed[which] = draw.integers(self._known, size=len(which))
        # By Zipf's law: few of the invented words are met often.
        rare = which[::2]
        changed[rare] = self._known + np.minimum(draw.zipf(1.3, size=len(rare)), RARE_WORDS) - 1
        return " ".join(self._words[changed])

    def _model(self, document: SearchDocument) -> Model:
        kept = [one for one in document.passages if one.vector is not None]
        return Model(
            document.title,
            tuple(self._encoded(one.text) for one in kept),
            np.stack([one.vector for one in kept if one.vector is not None]),
            tuple(one.place for one in kept),
            document.facets,
        )

    def _encoded(self, text: str) -> NDArray[np.int64]:
        return np.array([self._numbers.setdefault(word, len(self._numbers)) for word in text.split()])


class Prepared:
    """A model whose answers to some questions are known beforehand, so that embedding them takes no time."""

    def __init__(self, embedder: Embedder, questions: Sequence[str]) -> None:
        self._embedder = embedder
        self._made = {normalise(text): embedder.embed_query(normalise(text)) for text in questions}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed_query(self, text: str) -> Vector:
        """As the model would."""
        known = self._made.get(text)
        return known if known is not None else self._embedder.embed_query(text)


def open_demo(directory: Path) -> Runtime:
    """The demo, loaded and indexed by the product; at once when it was made here before."""
    settings = Settings(data_dir=directory / "demo")
    is_new = not settings.data_dir.exists()
    if is_new:
        settings.data_dir.mkdir(parents=True)
        upgrade(settings.database)
    runtime = build_runtime(settings, web=False)
    runtime.warm_up()
    if is_new:
        fill_with_demo(runtime)
    return runtime


def fill_with_demo(runtime: Runtime) -> None:
    """Load the demo and index it."""
    load_demo(runtime, lambda *_: None)
    report = runtime.indexer.run_all()
    if report.drained.stopped or not runtime.indexer.status().documents:
        raise SystemExit(f"the demo was not indexed: {report}")


def build(directory: Path, passages: int) -> Path:
    """The data directory of a library of the demo and so many passages; at once when it was made here before."""
    made = directory / str(passages)
    if made.exists():
        return made
    demo = open_demo(directory)
    patterns = Patterns(demo)
    demo.close()
    unfinished = directory / f"{passages}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(directory / "demo", unfinished)
    runtime = build_runtime(Settings(data_dir=unfinished), web=False)
    add_documents(runtime, patterns.documents(passages))
    runtime.close()
    unfinished.rename(made)
    return made


def add_documents(runtime: Runtime, documents: Iterator[SearchDocument]) -> None:
    """Write them to the index, and the rows and tokens that belong to them."""
    with runtime.reading() as session:
        author = find_user_by_email(session, PERSON)
        assert author is not None
    batch: list[SearchDocument] = []
    for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            _write(runtime, author, batch)
            batch = []
    if batch:
        _write(runtime, author, batch)


def viewer(runtime: Runtime) -> Viewer:
    """Who searches."""
    with runtime.reading() as session:
        user = find_user_by_email(session, PERSON)
        assert user is not None
        return viewer_of(session, user)


def questions(runtime: Runtime, count: int, seed: int = 5) -> list[str]:
    """Judged questions of the demo, titles and headings of its records, alone and together, in a random order.

    Only what the model knows the script of.
    """
    texts = [one.text for one in read_questions()]
    for document in documents_of(runtime):
        labels = [one.place.label for one in document.passages if one.place.label]
        texts += [document.title, *labels, *(f"{label} {document.title}" for label in labels)]
    known = [text for text in dict.fromkeys(texts) if len(text.split()) > 1 and runtime.embedder.knows(text)]
    if len(known) < count:
        raise SystemExit(f"the demo has {len(known)} questions, not {count}")
    order = np.random.default_rng(seed).permutation(len(known))
    return [known[one] for one in order[:count]]


def _write(runtime: Runtime, author: User, batch: Sequence[SearchDocument]) -> None:
    rows = [_row(document, author) for document in batch]
    tokens = [
        {"kind": KIND, "object_id": document.ref.id, "scope": scope, "token": token}
        for document in batch
        for scope, held in (("audience", document.audience), ("space", document.space))
        for token in held
    ]
    with runtime.work() as work:
        work.session.execute(insert(Record), rows)
        work.session.execute(insert(AccessToken), tokens)
    report = runtime.engine.write(batch)
    if report.failed:
        raise SystemExit(f"not written: {dict(report.failed)}")


def _row(document: SearchDocument, author: User) -> dict[str, object]:
    number = document.ref.id
    return {
        "id": number,
        "kind": list(RecordKind)[number % len(RecordKind)].value,
        "title": document.title,
        "summary": "",
        "body_source": document.body,
        "body_html": "",
        "rendered_by": 1,
        "fields": {},
        "organisation_id": author.organisation_id,
        "author_id": author.id,
        "country": "",
        "language": "en",
        "year": 2015 + number % 12,
        "effect": "unknown",
        "strength": number % 5,
        "marking": Marking.GREEN.value,
        "status": "published",
        "status_reason": "",
        "revision": 1,
        "created_at": document.created,
        "changed_at": document.changed,
    }


def documents_of(runtime: Runtime) -> list[SearchDocument]:
    """The demo's records as they are indexed."""
    source, store = runtime.sources.get(KIND), VectorStore(runtime.database, runtime.clock, runtime.embedder)
    assert source is not None
    with runtime.reading() as session:
        ids = [one for one in source.ids(session) if one < FIRST]
        drafts = [prepare(one, runtime.embedder) for one in source.load(session, ids).values()]
    return [draft.finish(store.load(list(draft.texts)), Expected("", "", 1)) for draft in drafts]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit
