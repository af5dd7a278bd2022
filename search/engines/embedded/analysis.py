"""The tantivy schema: which fields an item has, how their text is cut into terms, and how a document is put together."""

from collections.abc import Callable, Iterable

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
    EXACT,
    FIELD_WEIGHTS,
    LONGEST_WORD,
    clean,
    day,
    exact_field,
    exact_values,
    microseconds,
    value_term,
)

PLAIN = "plain"
"""Title and body once more without stemming, for prefixes."""

HEAD = "#head"
"""Id of the one document that is no item: it says how much of the files the commit covers. No reference looks like it."""

ORDER_BITS = 52
_ORDER_MASK = (1 << ORDER_BITS) - 1
_ORDER_TOP = (1 << (63 - ORDER_BITS)) - 1

Normalise = Callable[[str], str]


def order_key(primary: int, changed: int) -> int:
    """One unsigned number that never orders two documents against (primary, changed); clamping may make them equal."""
    return min(max(primary, 0), _ORDER_TOP) << ORDER_BITS | min(max(changed, 0), _ORDER_MASK)


def schema() -> Schema:
    """The fields of every generation."""
    builder = SchemaBuilder()
    for name in ("id", "audience", "space"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FIELD_WEIGHTS:
        builder.add_text_field(name, tokenizer_name="ipcu_stemmed")
    builder.add_text_field(PLAIN, tokenizer_name="ipcu_plain")
    for name in EXACT:
        builder.add_text_field(exact_field(name), fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("row", "newest", "adopted", "evidence"):
        builder.add_unsigned_field(name, fast=True)
    builder.add_integer_field("day", indexed=True, fast=True)
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
    _add_values(entry, "audience", document.audience)
    _add_values(entry, "space", document.space)
    for name, values in exact_values(document).items():
        for value in values:
            entry.add_text(exact_field(name), value)
    changed = microseconds(document.changed)
    entry.add_integer("day", day(document.changed))
    entry.add_unsigned("newest", order_key(0, changed))
    entry.add_unsigned("adopted", order_key(document.signals.adoptions, changed))
    entry.add_unsigned("evidence", order_key(document.signals.evidence, changed))
    return entry


def _add_values(entry: Document, field: str, values: Iterable[str]) -> None:
    for value in dict.fromkeys(map(value_term, values)):
        entry.add_text(field, value)


def head_document(head: str) -> Document:
    """The document that carries the head of a commit."""
    entry = Document()
    entry.add_text("id", HEAD)
    entry.add_text("head", head)
    return entry
