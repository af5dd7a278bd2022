"""How fast texts and questions become vectors, by what computes them: `python -m benchmarks.bench_embedding`.

The first line is what sentence-transformers does by itself: float32, batches of 8. Rounds are interleaved, so that what else the
machine does falls on all, and the best round counts. On one thread the processor's time counts instead of the clock's, which is
the same on an idle machine and nearly so on a busy one. Torch gives a batch to all threads, OpenVINO each thread a batch of its own, as
the product does, and a question one of them.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.embedding import bert, transformer
from search.embedding.model_files import ModelFiles, model_directory
from search.embedding.port import Matrix, unit_rows

QUESTION = "what do I do with a phone that is still switched on"
TOKENS_PER_TEXT = 176
WARM_UP = 8
Ids = NDArray[np.int64]

ARITHMETICS = {
    "OpenVINO float32": bert.Arithmetic(is_int8=False, precision="f32"),
    "OpenVINO bfloat16": bert.Arithmetic(is_int8=False, precision="bf16"),
    "OpenVINO int8, rest float32": bert.Arithmetic(is_int8=True, precision="f32"),
    "OpenVINO int8, rest bfloat16": bert.Arithmetic(is_int8=True, precision="bf16"),
}
"""By name; which of them the product takes depends on the processor."""
VARIANTS = ("torch float32", "torch bfloat16", *ARITHMETICS)


def texts(count: int) -> Ids:
    """Words of our own documents as rows of token ids of one length, the same each time."""
    words = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8").split()
    draw = np.random.default_rng(1)
    tokenizer = ModelFiles(model_directory("")).tokenizer()
    rows = [tokenizer.encode(" ".join(draw.choice(words, size=TOKENS_PER_TEXT))).ids for _ in range(count)]
    return np.array([[*ids[: TOKENS_PER_TEXT - 1], ids[-1]] for ids in rows], np.int64)


def load(name: str, threads: int) -> bert.Forward:
    """The forward pass of a variant."""
    if name in ARITHMETICS:
        return bert.load_bert(model_directory(""), ARITHMETICS[name], threads)
    kept = transformer._computes_in_bfloat16
    transformer._computes_in_bfloat16 = lambda: name == "torch bfloat16"
    try:
        return transformer._load_model(model_directory(""), threads)
    finally:
        transformer._computes_in_bfloat16 = kept


def batch_of(name: str) -> int:
    """Texts in one pass: eight for the reference, else as the product does it."""
    if name == "torch float32":
        return 8
    tokens = bert.TOKENS_PER_BATCH if name in ARITHMETICS else transformer.TOKENS_PER_BATCH
    return tokens // TOKENS_PER_TEXT


def vectors(forward: bert.Forward, rows: Ids, batch: int, at_once: int = 1) -> Matrix:
    """Unit vectors, row by row, so many batches side by side."""
    cuts = [rows[at : at + batch] for at in range(0, len(rows), batch)]
    with ThreadPoolExecutor(at_once) as passes:
        return unit_rows(np.concatenate(list(passes.map(forward, cuts, map(np.ones_like, cuts)))))


def question_milliseconds(forward: bert.Forward, clock: Callable[[], float], times: int = 25) -> float:
    """The median of a question, from its words to its vector."""
    tokenizer = ModelFiles(model_directory("")).tokenizer()
    taken = []
    for _ in range(times + 5):
        began = clock()
        ids = np.array([tokenizer.encode(QUESTION).ids], np.int64)
        forward(ids, np.ones_like(ids))
        taken.append((clock() - began) * 1000)
    return float(np.median(taken[5:]))


def alone(name: str, threads: int) -> dict[str, float]:
    """Seconds until a process of its own has loaded the variant and made a vector, and its memory then."""
    began = time.process_time()
    forward = load(name, threads)
    rows = texts(WARM_UP)
    vectors(forward, rows, WARM_UP)
    resident = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return {"seconds": time.process_time() - began, "megabytes": int(resident.split()[1]) / 1024}


def alone_in_child(name: str, threads: int) -> dict[str, float]:
    """The same, in a new process."""
    command = [sys.executable, "-m", "benchmarks.bench_embedding", "--alone", name, "--threads", str(threads)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return measured


def measure(names: Sequence[str], rows: Ids, threads: int, rounds: int) -> None:
    """Print the table."""
    clock = time.process_time if threads == 1 else time.perf_counter
    forwards = {name: load(name, threads) for name in names}
    rates: dict[str, list[float]] = {name: [] for name in names}
    asked: dict[str, list[float]] = {name: [] for name in names}
    made = {}
    for _ in range(rounds):
        for name, forward in forwards.items():
            vectors(forward, rows[:WARM_UP], WARM_UP)
            began = clock()
            made[name] = vectors(forward, rows, batch_of(name), threads if name in ARITHMETICS else 1)
            rates[name].append(len(rows) / (clock() - began))
            asked[name].append(question_milliseconds(forward, clock))
    reference, base = made[VARIANTS[0]], max(rates[VARIANTS[0]])
    print(f"{threads} threads, {len(rows)} texts of {TOKENS_PER_TEXT} tokens, best of {rounds} rounds")
    print(f"{'':<30}{'texts/s':>9}{'times':>7}{'question':>10}{'cosine':>9}{'ready, CPU s':>14}{'MB':>6}")
    for name in names:
        single = alone_in_child(name, threads)
        cosine = float((made[name] * reference).sum(axis=1).min())
        print(
            f"{name:<30}{max(rates[name]):>9.1f}{max(rates[name]) / base:>7.2f}{min(asked[name]):>10.1f}{cosine:>9.4f}"
            f"{single['seconds']:>14.1f}{single['megabytes']:>6.0f}",
            flush=True,
        )


def main() -> None:
    """Print texts a second, a question's median, least cosine with float32, processor time until ready, and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=44)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--threads", type=int, default=2, help="cores for texts; torch takes them for a question as well"
    )
    parser.add_argument("--alone", choices=VARIANTS, help="load this one only and print what that took")
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(alone(arguments.alone, arguments.threads)))
        return
    print(f"this processor: {bert.fastest_arithmetic()}")
    measure(VARIANTS, texts(arguments.texts), arguments.threads, arguments.rounds)


if __name__ == "__main__":
    main()
