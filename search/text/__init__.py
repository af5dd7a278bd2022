"""The one normaliser and tokeniser: letters made equal (`characters`), words cut and stemmed (`words`), scripts told apart."""

from search.text.characters import clean, normalise
from search.text.scripts import scripts
from search.text.words import STOP_WORDS, WORD_PATTERN, Token, cased_words, parted, stem, title_key, tokens, words

__all__ = [
    "STOP_WORDS",
    "WORD_PATTERN",
    "Token",
    "cased_words",
    "clean",
    "normalise",
    "parted",
    "scripts",
    "stem",
    "title_key",
    "tokens",
    "words",
]
