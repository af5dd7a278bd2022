"""Which arithmetic makes the vectors is the processor's affair: they share a digest, so they have to agree with float32."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from search.embedding import EmbedderState, SentenceTransformerEmbedder, bert, transformer
from search.embedding.model_files import model_directory

README = Path(__file__).resolve().parents[3] / "README.md"
TEXTS = [
    "Keep the phone powered and away from any network.",
    "Ground the drone. " * 60,
    "A form: name, rank, district, time, signature.",
    "x",
    *[paragraph for paragraph in README.read_text("utf-8").split("\n\n") if len(paragraph) > 100][:12],
]
FLOAT32 = bert.Arithmetic(is_int8=False, precision="f32")
LEAST_COSINE = 0.99


def no_openvino(*_: object, **__: object) -> None:
    raise ImportError("no openvino here")


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> SentenceTransformerEmbedder:
    """The packaged model as sentence-transformers computes it, in float32."""
    monkeypatch.setattr(bert, "load_bert", no_openvino)
    monkeypatch.setattr(transformer, "_computes_in_bfloat16", lambda: False)
    embedder = SentenceTransformerEmbedder()
    embedder.embed(["x"])
    monkeypatch.undo()
    return embedder


@pytest.mark.model
def test_the_fastest_arithmetic_here_agrees_with_sentence_transformers_in_float32(
    plain: SentenceTransformerEmbedder,
) -> None:
    fast = SentenceTransformerEmbedder()
    expected, made = plain.embed(TEXTS), fast.embed(TEXTS)
    assert made.dtype == "float32"
    assert made.shape == (len(TEXTS), fast.dimension)
    assert (expected * made).sum(axis=1).min() > LEAST_COSINE
    asked, wanted = fast.embed_query(TEXTS[0]), plain.embed_query(TEXTS[0])
    assert float(asked @ wanted) > LEAST_COSINE
    if bert.fastest_arithmetic() != FLOAT32:
        assert np.abs(expected - made).max() > 1e-4, "float32 was used where the processor is faster at another"


@pytest.mark.model
def test_openvino_in_float32_gives_the_same_vectors(
    plain: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bert, "fastest_arithmetic", lambda: FLOAT32)
    made = SentenceTransformerEmbedder(threads=1).embed(TEXTS)
    assert np.allclose(plain.embed(TEXTS), made, atol=1e-3)


WATCH = """
import sys
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event in ("os.fork", "socket.connect", "subprocess.Popen") else None)
from search.embedding import SentenceTransformerEmbedder
SentenceTransformerEmbedder().embed(["x"])
assert "openvino" in sys.modules, "the packaged model was not computed by OpenVINO"
assert not seen, seen
assert not [name for name, module in sys.modules.items() if name.startswith("openvino_telemetry") and module]
"""


@pytest.mark.model
def test_loading_the_model_reports_to_nobody() -> None:
    done = subprocess.run([sys.executable, "-c", WATCH], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.model
def test_every_thread_gets_its_own_vector() -> None:
    embedder = SentenceTransformerEmbedder(threads=1)
    alone = [embedder.embed(TEXTS)[0], *(embedder.embed([text])[0] for text in TEXTS[:4])]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(embedder.embed_query, TEXTS[:4] * 10))
    for number, vector in enumerate(together):
        assert float(vector @ alone[1 + number % 4]) > 0.9999
    assert float(alone[0] @ alone[1]) > LEAST_COSINE, "other texts of the batch change a vector too much"


@pytest.mark.model
def test_without_openvino_torch_computes_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bert, "load_bert", no_openvino)
    embedder = SentenceTransformerEmbedder()
    vector = embedder.embed(TEXTS[:1])[0]
    assert embedder.state is EmbedderState.READY
    assert "OpenVINO cannot be used" in caplog.text
    assert float(vector @ SentenceTransformerEmbedder().embed(TEXTS[:1])[0]) > LEAST_COSINE


@pytest.mark.model
def test_a_model_that_is_named_is_computed_by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bert, "load_bert", no_openvino)
    named = SentenceTransformerEmbedder(str(model_directory("")))
    assert named.embed(TEXTS[:2]).shape == (2, named.dimension)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx2 avx512_vnni avx512_bf16", bert.Arithmetic(is_int8=True, precision="bf16")),
        (
            "fpu avx2 avx512_vnni avx512_bf16 amx_bf16 amx_tile amx_int8",
            bert.Arithmetic(is_int8=False, precision="bf16"),
        ),
        ("fpu avx2 avx512_vnni", bert.Arithmetic(is_int8=True, precision="f32")),
        ("fpu avx2 avx_vnni", FLOAT32),
        ("", FLOAT32),
    ],
)
def test_arithmetic_follows_the_processor(flags: str, expected: bert.Arithmetic, tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: spectre\n", "utf-8")
    assert bert.fastest_arithmetic(cpuinfo) == expected
    assert bert.fastest_arithmetic(tmp_path / "absent") == FLOAT32
