"""The packaged model or any other sentence-transformers model.

The packaged one is computed by OpenVINO (`bert`), others by torch. This is the only module that imports torch, and only to load a
model: counting tokens, digests and dimensions come from its files.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.errors import Unavailable
from search.documents import Vector
from search.embedding import bert
from search.embedding.batches import batches
from search.embedding.model_files import (
    PACKAGED_DIGEST,
    ModelFiles,
    check_packaged,
    files_digest,
    model_directory,
)
from search.embedding.port import PASSAGE_TOKENS, EmbedderState, Matrix, is_mostly_latin, unit_rows
from search.text import normalise

log = logging.getLogger(__name__)

TOKENS_PER_BATCH = 8_192
"""Padded tokens of one forward pass in torch. In bfloat16 more is faster (19, 22 and 30 texts a second for 2,048, 4,096 and 8,192
on two cores), in float32 it does not matter much."""


class SentenceTransformerEmbedder:
    """The packaged all-MiniLM-L6-v2, or the model or directory named. Loads nothing until asked, downloads nothing ever.

    `threads` is how many cores the passages of one call take: one in a web process, where threads of many requests compete (two on
    two busy cores were 15 times slower); None means all. A model that cannot be loaded leaves the state failed, with a reason.
    """

    def __init__(
        self, model: str = "", *, threads: int | None = None, knows: Callable[[str], bool] | None = None
    ) -> None:
        self._name = model
        self._threads = threads
        self._at_once = threads or bert.cores()
        self._knows = knows or (is_mostly_latin if not model else None)
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._state = EmbedderState.IDLE
        self._reason = ""
        self._on_ready: list[Callable[[], None]] = []
        self._model: Any = None
        self._tokens_per_batch = TOKENS_PER_BATCH
        self._passes: ThreadPoolExecutor | None = None
        """Where several batches are computed at once; without it one follows the other."""

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
        """Unit vectors of passages in their order, made in batches of similar length side by side on the cores. Waits for the model."""
        self._wait()
        prompt = self._files.passage_prompt
        encoded = self._tokenizer.encode_batch_fast([prompt + normalise(text) for text in texts])
        tokens = [self._cut(one.ids) for one in encoded]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        passes = self._passes
        chosen = batches(list(map(len, tokens)), self._tokens_per_batch, self._at_once if passes else 1)
        side_by_side = passes.map if passes else map
        made = side_by_side(self._forward, [[tokens[i] for i in places] for places in chosen])
        for places, rows in zip(chosen, made, strict=True):
            vectors[places] = rows
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
            if not self._name:
                check_packaged(self._files.directory)
            self._choose_model()
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

    def _choose_model(self) -> None:
        if not self._name:
            try:
                # In a web process one more than batches take, so that a question does not wait for a batch of passages.
                self._model = bert.load_fastest(self._files.directory, self._at_once + (self._threads is not None))
            except (ImportError, OSError, RuntimeError):
                # Not made for this platform, or its libraries do not load. Slower, but the vectors agree.
                log.warning("OpenVINO cannot be used; torch computes the vectors", exc_info=True)
            else:
                self._tokens_per_batch = bert.TOKENS_PER_BATCH
                if self._at_once > 1:
                    self._passes = ThreadPoolExecutor(self._at_once, "ipcu-passages")
                return
        self._model = _load_model(self._files.directory, self._threads)

    def _forward(self, batch: Sequence[list[int]]) -> Matrix:
        width = max(len(ids) for ids in batch)
        ids = np.full((len(batch), width), self._files.pad, dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, one in enumerate(batch):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        return unit_rows(self._model(ids, mask))


def _load_model(directory: Path, threads: int | None) -> bert.Forward:
    """Any model in torch."""
    # Imported here because torch takes seconds and 300 MB that commands and tests without a model need not spend.
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

    disable_progress_bar()
    if threads is not None:
        torch.set_num_threads(threads)
    model = SentenceTransformer(str(directory), device="cpu", local_files_only=True)
    model.eval()
    if _computes_in_bfloat16():
        model = model.to(torch.bfloat16)

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[Any]:
        with torch.inference_mode():
            features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            made: NDArray[Any] = model(features)["sentence_embedding"].float().numpy()
        return made

    return run


def _computes_in_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself: twice the texts a second, a question in two thirds of the time.

    The vectors agree with those of float32 (cosines of 0.9999), so they share the model's digest.
    Where the processor has to emulate it, bfloat16 is slower.
    """
    import torch  # noqa: PLC0415

    # Not in older versions of torch, which then compute as they always did.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
