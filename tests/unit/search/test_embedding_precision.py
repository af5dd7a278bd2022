"""bfloat16 or float32 is the processor's affair: the vectors share a digest, so they have to agree."""

import pytest

from search.embedding import SentenceTransformerEmbedder, transformer

TEXTS = [
    "Keep the phone powered and away from any network.",
    "Ground the drone. " * 60,
    "A form: name, rank, district, time, signature.",
    "x",
]


@pytest.mark.model
def test_both_precisions_give_vectors_that_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for is_short in (False, True):
        monkeypatch.setattr(transformer, "_computes_in_bfloat16", lambda is_short=is_short: is_short)
        made.append(SentenceTransformerEmbedder().embed(TEXTS))
    assert made[0].dtype == made[1].dtype == "float32"
    assert (made[0] * made[1]).sum(axis=1).min() > 0.995
    assert not (made[0] == made[1]).all()
