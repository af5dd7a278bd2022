"""Nothing of index and dictionary reaches a reader but through `search.disclosure`."""

import pytest

from tests.architecture import gate
from tests.architecture.source import Module, listing, project

REASONS = {
    gate.only_the_gate_makes_queries: "Queries are made by `Disclosure.query`: with the viewer's access, and without what the "
    "database has taken from him.",
    gate.only_retrieval_asks_the_engine: "The engine's filter is for recall; ask through SearchService, which checks every hit.",
    gate.only_the_gate_takes_words: "The dictionary in memory is older than the database: `Disclosure` lets no word pass that is gone.",
    gate.only_the_gate_reads_sources: "Cards come through `Disclosure.cards`, with the viewer's rights.",
    gate.only_hints_are_hints: "A hint is made in search/service/hints.py, where each is asked of the `Disclosure`.",
}
BAD = {
    gate.only_the_gate_makes_queries: [
        ("search/service/bad.py", "EngineQuery(access=AccessFilter(every, where))"),
        ("search/service/bad.py", "replace(query, access=everything)"),
        ("webapp/bad.py", "engine.EngineQuery(access)"),
    ],
    gate.only_retrieval_asks_the_engine: [
        ("search/service/bad.py", "self._engine.run(query)"),
        ("webapp/bad.py", "runtime.engine.passages(refs)"),
    ],
    gate.only_the_gate_takes_words: [
        ("search/service/bad.py", "reference.dictionary(session).complete('se')"),
        ("search/service/bad.py", "slips.corrections(parsed, dictionary)"),
        ("webapp/bad.py", "from search.models import DictionaryWord"),
    ],
    gate.only_the_gate_reads_sources: [
        ("search/service/bad.py", "from core.sources import Sources"),
        ("search/service/service.py", "source.unsettled(session, viewer)"),
    ],
    gate.only_hints_are_hints: [("search/service/bad.py", "Hints(corrected=word)")],
}


@pytest.mark.parametrize("rule", REASONS, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule):
    offences = [offence for module in project() for offence in rule(module)]
    assert not offences, listing(offences, REASONS[rule])


@pytest.mark.parametrize(("rule", "bad"), [(rule, one) for rule, examples in BAD.items() for one in examples])
def test_the_rule_sees_a_bad_example(rule, bad):
    assert rule(Module(*bad))
