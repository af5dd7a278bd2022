"""The packaged model's forward pass in OpenVINO: built from its weights, in the arithmetic that the processor is fast at.

The only module that imports openvino, and only to load the model. It serves BERT models whose vector is the mean over the tokens.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

Forward = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[Any]]
Weights = Mapping[str, NDArray[np.float32]]

CPU_FLAGS = Path("/proc/cpuinfo")
TOKENS_PER_BATCH = 2_048
"""Padded tokens of one forward pass: more is no faster and takes more memory."""
GROUP = 128
"""Numbers of an activation that share a scale of their own, found as they are computed. One for each row is no faster."""
STEP = 8
"""Widths are multiples of this: the first pass of a width costs 5 ms more, in which its kernels are made."""
QUESTION_TOKENS = 64
"""Up to this width they are made when the model is loaded."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How a forward pass computes."""

    is_int8: bool
    """Weights, and activations as they come, as 8-bit integers where matrices are multiplied."""
    precision: str
    """Of everything else: `bf16` or `f32`."""


def fastest_arithmetic(flags_file: Path = CPU_FLAGS) -> Arithmetic:
    """What this processor multiplies fastest with vectors that agree with float32; float32 where nothing is known of it.

    With AMX that is bfloat16: int8 with scales found as they are computed made a third fewer texts a second there.
    """
    try:
        lines = flags_file.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    if "amx_bf16" in flags:
        return Arithmetic(is_int8=False, precision="bf16")
    return Arithmetic("avx512_vnni" in flags, "bf16" if "avx512_bf16" in flags else "f32")


def cores() -> int:
    """How many of them this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_fastest(directory: Path, streams: int) -> Forward:
    """The packaged model in the arithmetic that is fastest here, for `streams` passes at once.

    Its vectors agree with those of float32 (cosines of 0.998 or more, nDCG@10 the same: docs/relevance.md), so they share the digest.
    """
    return load_bert(directory, fastest_arithmetic(), streams)


def load_bert(directory: Path, arithmetic: Arithmetic, streams: int) -> Forward:
    """The model as a function of token ids and attention mask, both `(n, w)`, giving `(n, d)`. May be called from any thread.

    A pass takes one core: as many passes as there are cores made a third more texts a second and upwards than one that takes them all.
    `streams` of them run at once; more wait.
    """
    _keep_quiet()
    # Imported here because commands and tests without a model need not spend its 0.3 s.
    import openvino  # noqa: PLC0415

    config = json.loads((directory / "config.json").read_text("utf-8"))
    weights = load_file(directory / "model.safetensors")
    graph = _Bert(config, weights, arithmetic).build()
    options: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": arithmetic.precision,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP if arithmetic.is_int8 else 0,
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        # Pinned, the first stream of every server process would sit on the same core.
        "ENABLE_CPU_PINNING": False,
    }
    compiled = openvino.Core().compile_model(graph, "CPU", options)

    own = threading.local()

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[Any]:
        missing = ((0, 0), (0, -ids.shape[1] % STEP))
        # A request that two threads share refuses the second.
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        vectors: NDArray[Any] = own.request.infer([np.pad(ids, missing), np.pad(mask, missing)])[0].copy()
        return vectors

    for width in range(STEP, QUESTION_TOKENS + 1, STEP):
        run(np.ones((1, width), np.int64), np.ones((1, width), np.int64))

    return run


def _keep_quiet() -> None:
    """Take openvino-telemetry away: as soon as openvino is imported it forks a process that reports to its makers.

    Openvino goes on without it, as where it is not installed.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]


class _Bert:
    """Writes the encoder down as an OpenVINO graph."""

    def __init__(self, config: Mapping[str, Any], weights: Weights, arithmetic: Arithmetic) -> None:
        from openvino import opset13  # noqa: PLC0415

        self._op = opset13
        self._weights = weights
        self._is_int8 = arithmetic.is_int8
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._size = int(config["hidden_size"])
        self._epsilon = float(config["layer_norm_eps"])

    def build(self) -> Any:
        """Inputs: token ids and mask. Output: the mean of the last layer over the tokens of the mask."""
        from openvino import Model  # noqa: PLC0415

        op = self._op
        ids, mask = (op.parameter([-1, -1], np.int64, name) for name in ("input_ids", "attention_mask"))
        real = op.convert(mask, "f32")
        hidden = self._embedded(ids)
        # 0 where a token is, and so little elsewhere that its share of the attention is 0: (n, 1, 1, w).
        shut = op.multiply(op.subtract(real, np.float32(1)), np.float32(1e9))
        shut = op.unsqueeze(shut, np.array([1, 2], np.int64))
        for layer in range(self._layers):
            hidden = self._layer(hidden, shut, f"encoder.layer.{layer}.")
        kept = op.multiply(hidden, op.unsqueeze(real, np.int64(2)))
        count = op.reduce_sum(real, np.array([1], np.int64), keep_dims=True)
        return Model([op.divide(op.reduce_sum(kept, np.int64(1)), count)], [ids, mask], "bert")

    def _embedded(self, ids: Any) -> Any:
        op, weights = self._op, self._weights
        # Half the memory, and no vector differs in its fifth digit.
        words = weights["embeddings.word_embeddings.weight"].astype(np.float16)
        places = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        width = op.gather(op.shape_of(ids), np.int64(1), np.int64(0))
        place = op.slice(places, *(np.array([0], np.int64), op.unsqueeze(width, np.int64(0)), np.array([1], np.int64)))
        word = op.convert(op.gather(op.constant(words), ids, np.int64(0)), "f32")
        return self._norm(op.add(word, place), "embeddings.LayerNorm")

    def _layer(self, hidden: Any, shut: Any, name: str) -> Any:
        op = self._op
        attended = self._dense(self._attention(hidden, shut, name), f"{name}attention.output.dense")
        hidden = self._norm(op.add(attended, hidden), f"{name}attention.output.LayerNorm")
        wide = op.gelu(self._dense(hidden, f"{name}intermediate.dense"), "ERF")
        return self._norm(op.add(self._dense(wide, f"{name}output.dense"), hidden), f"{name}output.LayerNorm")

    def _attention(self, hidden: Any, shut: Any, name: str) -> Any:
        op = self._op
        query, key, value = (self._by_head(hidden, f"{name}attention.self.{one}") for one in ("query", "key", "value"))
        seen = op.scaled_dot_product_attention(query, key, value, shut)
        seen = op.transpose(seen, np.array([0, 2, 1, 3], np.int64))
        return op.reshape(seen, np.array([0, 0, self._size], np.int64), special_zero=True)

    def _by_head(self, hidden: Any, name: str) -> Any:
        """`(n, heads, w, size of a head)`."""
        op = self._op
        shape = np.array([0, 0, self._heads, self._size // self._heads], np.int64)
        cut = op.reshape(self._dense(hidden, name), shape, special_zero=True)
        return op.transpose(cut, np.array([0, 2, 1, 3], np.int64))

    def _dense(self, given: Any, name: str) -> Any:
        op = self._op
        weight = self._weights[f"{name}.weight"]
        factor: Any = op.constant(weight)
        if self._is_int8:
            # One scale for each row. What OpenVINO recognises as compressed weights.
            scale = np.abs(weight).max(axis=1, keepdims=True) / 127
            rounded = np.round(weight / scale).astype(np.int8)
            factor = op.multiply(op.convert(op.constant(rounded), "f32"), scale.astype(np.float32))
        product = op.matmul(given, factor, transpose_a=False, transpose_b=True)
        return op.add(product, self._weights[f"{name}.bias"])

    def _norm(self, given: Any, name: str) -> Any:
        op = self._op
        normal = op.mvn(given, np.array([-1], np.int64), True, self._epsilon, "INSIDE_SQRT")
        return op.add(op.multiply(normal, self._weights[f"{name}.weight"]), self._weights[f"{name}.bias"])
