"""How fast texts and questions become vectors, by what computes them: `python -m benchmarks.bench_embedding`.

The runtimes that the product does not use are measured when they can be imported (`pip install --no-deps --target DIR openvino
openvino-telemetry`, then PYTHONPATH=DIR); otherwise a line says that they were not. Rounds are interleaved, so that what else the
machine does falls on all of them, and the best round counts.
"""

import argparse
import importlib.util
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.embedding import SentenceTransformerEmbedder, transformer

QUESTION = "what do I do with a phone that is still switched on"
WORDS_PER_TEXT = 110
Forward = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[Any]]


def texts(count: int) -> list[str]:
    """Random words of our own documents, the same each time."""
    words = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8").split()
    draw = np.random.default_rng(1)
    return [" ".join(draw.choice(words, size=WORDS_PER_TEXT)) for _ in range(count)]


def torch_forward(dtype: str, *, attention: str = "sdpa", compiled: bool = False) -> Forward:
    """The packaged model in torch, on one thread unless torch is told otherwise."""
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    model = SentenceTransformer(
        str(transformer.model_directory("")),
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": attention},
    )
    model = model.eval().to(getattr(torch, dtype))
    run_model: Any = torch.compile(model, dynamic=True) if compiled else model

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[Any]:
        with torch.inference_mode():
            features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            made: NDArray[Any] = run_model(features)["sentence_embedding"].float().numpy()
        return made

    return run


def openvino_forward(precision: str, threads: int) -> Forward:
    """The same model converted to OpenVINO; `precision` is f32 or bf16."""
    import openvino  # type: ignore[import-not-found]  # noqa: PLC0415
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    inner = SentenceTransformer(
        str(transformer.model_directory("")),
        device="cpu",
        local_files_only=True,
        model_kwargs={"attn_implementation": "eager"},
    ).eval()
    inner.requires_grad_(requires_grad=False)  # tracing makes constants of the weights

    class Plain(torch.nn.Module):
        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            made: torch.Tensor = inner({"input_ids": input_ids, "attention_mask": attention_mask})["sentence_embedding"]
            return made

    example = torch.ones((2, 16), dtype=torch.int64)
    with torch.inference_mode():
        converted = openvino.convert_model(
            Plain().eval(), example_input={"input_ids": example, "attention_mask": example}
        )
    compiled = openvino.Core().compile_model(
        converted,
        "CPU",
        {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"},
    )

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[Any]:
        made: NDArray[Any] = compiled([ids, mask])[compiled.output(0)]
        return made

    return run


def question_milliseconds(embedder: SentenceTransformerEmbedder, times: int = 40) -> Sequence[float]:
    """Milliseconds of each of so many forward passes of one question."""
    taken = []
    for _ in range(times + 5):
        began = time.perf_counter()
        embedder.embed_query(QUESTION)
        taken.append((time.perf_counter() - began) * 1000)
    return taken[5:]


def variants(threads: int) -> dict[str, Callable[[], Forward]]:
    """What is measured, by name; the first is the reference."""
    made: dict[str, Callable[[], Forward]] = {
        "torch float32": lambda: torch_forward("float32"),
        "torch bfloat16": lambda: torch_forward("bfloat16"),
        "torch bfloat16, eager attention": lambda: torch_forward("bfloat16", attention="eager"),
    }
    if importlib.util.find_spec("openvino"):
        for precision in ("f32", "bf16"):
            made[f"OpenVINO {precision}"] = lambda chosen=precision: openvino_forward(chosen, threads)  # type: ignore[misc]
    else:
        print("OpenVINO is not installed and was not measured")
    return made


def main() -> None:
    """Print texts a second, a question's median, and how far the vectors agree."""
    import torch  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="for texts and questions alike")
    parser.add_argument("--compile", action="store_true", help="torch.compile as well; needs a C++ compiler")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    chosen = variants(arguments.threads)
    if arguments.compile:
        chosen["torch bfloat16, compiled"] = lambda: torch_forward("bfloat16", compiled=True)
    given = texts(arguments.texts)
    embedder = SentenceTransformerEmbedder()
    embedder.embed(given[:1])
    forwards: dict[str, Forward] = {}
    for name, make in chosen.items():
        began = time.perf_counter()
        forwards[name] = embedder._model = make()
        embedder.embed(given[:16])
        print(f"{name}: ready after {time.perf_counter() - began:.1f} s", flush=True)
    rates: dict[str, list[float]] = {name: [] for name in forwards}
    asked: dict[str, list[float]] = {name: [] for name in forwards}
    vectors = {}
    for _ in range(arguments.rounds):
        for name, forward in forwards.items():
            embedder._model = forward
            began = time.perf_counter()
            vectors[name] = embedder.embed(given)
            rates[name].append(len(given) / (time.perf_counter() - began))
            asked[name].append(float(np.median(question_milliseconds(embedder))))
    reference = vectors["torch float32"]
    print(f"{arguments.threads} threads; best of {arguments.rounds} rounds")
    for name in forwards:
        agreement = float((vectors[name] * reference).sum(axis=1).min())
        print(
            f"{name:<34}{max(rates[name]):>7.1f} texts/s{min(asked[name]):>7.1f} ms a question, cosine {agreement:.5f}"
        )


if __name__ == "__main__":
    main()
