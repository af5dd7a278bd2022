"""Words that were probably typed wrong, as far as the vocabulary of the embedding model can tell."""

from search.embedding import RELIABLE, Embedder
from search.query.model import ParsedQuery
from search.text.spelling import Dictionary

TWO_EDITS_FROM = 9
"""Unasked, two slips are put right in words of so many letters only: "phishing" is not "pushing"."""


class Slips:
    """Asks the model's tokenizer, which is there before the model is loaded. Thread-safe."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def corrections(self, parsed: ParsedQuery, dictionary: Dictionary) -> dict[str, str]:
        """Words that no document for everybody, no synonym and not the model's own vocabulary has, with what was probably meant."""
        strange = {word for word in parsed.words if self._is_strange(word, dictionary)}
        found = dictionary.corrections(parsed.words, strange, TWO_EDITS_FROM) if strange else {}
        # Hardly anybody slips on the first letter: "hoof" is not "roof", though a person may be asked whether he meant it.
        return {typed: better for typed, better in found.items() if typed[0].lower() == better[0]}

    def proposals(self, parsed: ParsedQuery, dictionary: Dictionary) -> dict[str, str]:
        """Words that a person may be asked about, with what he may have meant."""
        return dictionary.corrections(parsed.words, self._doubted(parsed))

    def _doubted(self, parsed: ParsedQuery) -> list[str]:
        """Words that are not certainly words of the language. That common ones are one token each is known of calibrated models only."""
        is_calibrated = self._embedder.digest in RELIABLE
        return [
            word
            for word in parsed.words
            if not (is_calibrated and self._embedder.knows(word) and self.pieces(word) == 1)
        ]

    def pieces(self, word: str) -> int:
        """Tokens that the model spells it with."""
        return self._embedder.count_tokens([word])[0]

    def _is_strange(self, word: str, dictionary: Dictionary) -> bool:
        # A word of the language is one token to the model: only what it has to spell can be a slip.
        return word.lower() not in dictionary and self._embedder.knows(word) and self.pieces(word) > 1
