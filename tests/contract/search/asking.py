"""Short ways to put a question to an engine."""

from core.content import ContentRef
from search.engine import EngineQuery, LexicalQuery, Node, SearchEngine
from tests.contract.search.engine_model import MEMBER


def ref(number: int) -> ContentRef:
    return ContentRef("record", number)


def numbers(engine: SearchEngine, query: EngineQuery) -> list[int]:
    result = engine.run(query)
    assert result.total == len(result.candidates)
    return [candidate.ref.id for candidate in result.candidates]


def ask(*nodes: Node, **changes: object) -> EngineQuery:
    return EngineQuery(MEMBER, LexicalQuery(should=nodes), **changes)  # type: ignore[arg-type]


def lexical(**parts: object) -> EngineQuery:
    return EngineQuery(MEMBER, LexicalQuery(**parts))  # type: ignore[arg-type]
