"""The tantivy schema: which fields an item has, how their text is cut into terms, and how a document is put together."""

from collections.abc import Callable

from tantivy import (
    Document,
    Filter,
    Index,
    Schema,
    SchemaBuilder,
    TextAnalyzer,
    TextAnalyzerBuilder,
    Tokenizer,
)

from search.documents import SearchDocument
from search.engines.common import (
    FIELD_WEIGHTS,
    LONGEST_WORD,
    clean,
    value_term,
)

PLAIN = "plain"
"""Title and body once more without stemming, for prefixes."""

HEAD = "#head"
"""Id of the one document that is no item: it says how much of the files the commit covers. No reference looks like it."""

Normalise = Callable[[str], str]


def schema() -> Schema:
    """The fields of every generation."""
    builder = SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in FIELD_WEIGHTS:
        builder.add_text_field(name, tokenizer_name="ipcu_stemmed")
    builder.add_text_field(PLAIN, tokenizer_name="ipcu_plain")
    builder.add_unsigned_field("row", fast=True)
    builder.add_text_field("head", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class Analysers:
    """The two ways text becomes terms. tantivy forgets them at every opening, so they are registered anew each time."""

    def __init__(self) -> None:
        self.stemmed = self._builder().filter(Filter.stemmer("english")).build()
        self.plain = self._builder().build()

    @staticmethod
    def _builder() -> TextAnalyzerBuilder:
        builder = TextAnalyzerBuilder(Tokenizer.simple())
        return builder.filter(Filter.remove_long(LONGEST_WORD)).filter(Filter.lowercase())

    def register(self, index: Index) -> None:
        """Make them known to an index just opened."""
        index.register_tokenizer("ipcu_stemmed", self.stemmed)
        index.register_tokenizer("ipcu_plain", self.plain)

    @staticmethod
    def terms(analyser: TextAnalyzer, text: str) -> list[str]:
        """The terms of a text."""
        return analyser.analyze(clean(text))


def tantivy_document(document: SearchDocument, row: int, normalise: Normalise) -> Document:
    """The item as tantivy keeps it. `row` is its line of the log."""
    entry = Document()
    entry.add_text("id", value_term(str(document.ref)))
    entry.add_unsigned("row", row)
    title, body = clean(normalise(document.title)), clean(normalise(document.body))
    entry.add_text("title", title)
    entry.add_text("body", body)
    entry.add_text("summary", clean(normalise(document.summary)))
    for tag in document.tags:
        entry.add_text("tags", clean(normalise(tag)))
    entry.add_text(PLAIN, title)
    entry.add_text(PLAIN, body)
    return entry


def head_document(head: str) -> Document:
    """The document that carries the head of a commit."""
    entry = Document()
    entry.add_text("id", HEAD)
    entry.add_text("head", head)
    return entry
