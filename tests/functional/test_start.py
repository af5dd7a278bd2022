"""What a server gets ready before anybody asks."""

import gc

from core.errors import Unavailable
from search.engines.embedded import EmbeddedEngine
from webapp.app import compile_templates
from webapp.cli.serve import get_ready


def test_every_template_is_compiled_beforehand(app):
    compile_templates(app)
    kept = {name for _, name in app.jinja_env.cache}
    assert kept == set(app.jinja_env.list_templates(["html"]))
    assert "search/results.html" in kept


def test_one_search_is_made_beforehand(runtime, world, enter, index, monkeypatch):
    world.record(enter("bilal").viewer, title="Ready and waiting")
    index()
    asked = []
    run = EmbeddedEngine.run

    def watched(engine, query):
        found = run(engine, query)
        asked.append((query.vector is not None, query.access.audience, found.total))
        return found

    monkeypatch.setattr(EmbeddedEngine, "run", watched)
    runtime.rehearse()
    assert asked == [(True, frozenset({"member"}), 1)]


def test_a_server_whose_index_is_out_of_order_starts_all_the_same(runtime, monkeypatch):
    def out_of_order(_engine, _query):
        raise Unavailable("The index is out of order.")

    monkeypatch.setattr(EmbeddedEngine, "run", out_of_order)
    runtime.rehearse()


def test_what_a_server_keeps_is_not_looked_through_for_garbage(app, runtime):
    kept = gc.get_freeze_count()
    try:
        get_ready(app, runtime)
        assert gc.get_freeze_count() > kept + 10_000
        assert app.jinja_env.cache, "templates are compiled before"
    finally:
        gc.unfreeze()
