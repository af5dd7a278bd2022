"""Recipients, tokens, topics and tags of objects that no domain of ours knows: only kind and id count."""

import pytest
from sqlmodel import select

from core.access import Marked, Marking, load_tokens, tokens_of
from core.content import ContentRef
from core.errors import Invalid
from core.marking import (
    Recipients,
    check_recipients,
    check_space,
    is_wider,
    keep_own_access,
    mark,
    recipients_of,
    renew,
    set_recipients,
    shared_with,
)
from core.organisations import declare_client
from core.outbox import DirtyMark
from core.people import Role
from core.tagging import set_tags, set_topics, tags_of, topics_of, with_topic

NOTE, OTHER = ContentRef("note", 7), ContentRef("paper", 7)


@pytest.fixture
def bodies(world) -> dict[str, int]:
    top = world.organisation("top")
    return {"top": top, "cid": world.organisation("cid", parent=top), "port": world.organisation("port")}


@pytest.fixture
def amina(world, bodies):
    return world.viewer(world.person("amina", bodies["cid"], Role.OFFICER))


def test_recipients_belong_to_a_kind_and_an_id(world, bodies, amina):
    with world.work() as work:
        set_recipients(work.session, NOTE, [bodies["port"], bodies["port"]], [amina.user_id])
        set_recipients(work.session, OTHER, [bodies["top"]], [])
        set_recipients(work.session, ContentRef("note", 8), [bodies["port"]], [])
    with world.work() as work:
        set_recipients(work.session, NOTE, [bodies["cid"]], [amina.user_id])
    with world.database.reading() as session:
        assert recipients_of(session, NOTE) == Recipients(frozenset({bodies["cid"]}), frozenset({amina.user_id}))
        assert recipients_of(session, OTHER) == Recipients(frozenset({bodies["top"]}))
        assert session.exec(shared_with("note", bodies["port"])).all() == [8]


def test_marking_stores_recipients_and_tokens(world, bodies):
    marked = Marked(Marking.AMBER_STRICT, bodies["cid"], 1, frozenset({bodies["port"]}))
    with world.work() as work:
        assert mark(work.session, NOTE, marked) == tokens_of(marked)
    with world.database.reading() as session:
        assert load_tokens(session, "note", [7]) == {7: tokens_of(marked)}
        assert not load_tokens(session, "paper", [7])


def test_tokens_are_renewed_when_clients_change_and_only_then(world, bodies):
    marked = Marked(Marking.AMBER, bodies["cid"], 1)
    with world.work() as work:
        mark(work.session, NOTE, marked)
    with world.work() as work:
        assert not renew(work, NOTE, marked)
        declare_client(work, "cid", "port")
        assert renew(work, NOTE, marked)
        assert not renew(work, NOTE, marked)
    with world.database.reading() as session:
        assert f"org:{bodies['port']}" in load_tokens(session, "note", [7])[7].audience
        assert [(one.kind, one.object_id, one.reason) for one in session.exec(select(DirtyMark))] == [
            ("note", 7, "audience")
        ]


# Marking before and after, listed body before and after -> somebody more can see it.
WIDER = [
    (Marking.GREEN, Marking.CLEAR, None, None, False),
    (Marking.AMBER_STRICT, Marking.GREEN, None, None, True),
    (Marking.GREEN, Marking.RED, None, None, False),
    (Marking.RED, Marking.AMBER_STRICT, None, None, True),
    (Marking.AMBER_STRICT, Marking.RED, None, None, False),
    (Marking.AMBER_STRICT, Marking.AMBER_STRICT, None, "port", True),
    (Marking.AMBER_STRICT, Marking.AMBER_STRICT, "port", None, False),
    (Marking.AMBER_STRICT, Marking.AMBER_STRICT, "top", "cid", False),
]


@pytest.mark.parametrize(("before", "after", "had", "has", "wider"), WIDER, ids=range(len(WIDER)))
def test_wider_is_when_somebody_more_can_see_it(world, bodies, amina, before, after, had, has, wider):
    def tokens(marking, listed):
        others = frozenset({bodies[listed]} if listed else ())
        return tokens_of(Marked(marking, bodies["cid"], amina.user_id, others))

    with world.database.reading() as session:
        assert is_wider(session, tokens(after, has), tokens(before, had)) == wider


def test_out_of_a_space_is_wider_and_into_one_is_not(world, bodies):
    inside = tokens_of(Marked(Marking.RED, bodies["cid"], 1, space_id=3))
    outside = tokens_of(Marked(Marking.RED, bodies["cid"], 1))
    with world.database.reading() as session:
        assert is_wider(session, outside, inside)
        assert not is_wider(session, inside, outside)


def test_what_does_not_exist_or_is_not_ones_own_is_refused(world, bodies, amina):
    with world.database.reading() as session:
        check_recipients(session, [], [])
        check_recipients(session, bodies.values(), [amina.user_id, amina.user_id])
        with pytest.raises(Invalid) as organisation:
            check_recipients(session, [4711], [])
        with pytest.raises(Invalid) as person:
            check_recipients(session, bodies.values(), [4711])
    assert (set(organisation.value.fields), set(person.value.fields)) == ({"listed_organisations"}, {"named_users"})
    check_space(amina, None)
    check_space(amina, 3, known=3)
    with pytest.raises(Invalid, match="belong to that space"):
        check_space(amina, 3)
    keep_own_access(amina, tokens_of(Marked(Marking.RED, bodies["port"], amina.user_id)))
    with pytest.raises(Invalid, match="see it yourself"):
        keep_own_access(amina, tokens_of(Marked(Marking.AMBER, bodies["port"], amina.user_id)))


def test_topics_and_tags_belong_to_a_kind_and_an_id(world):
    with world.work() as work:
        set_topics(work.session, NOTE, ["youth", "drones", "youth"])
        set_topics(work.session, OTHER, ["ethics"])
        set_topics(work.session, ContentRef("note", 8), ["drones"])
        set_tags(work.session, NOTE, ["radio", "b"])
    with world.work() as work:
        set_topics(work.session, OTHER, ["drones"])
        set_tags(work.session, NOTE, ["radio", "a"])
    with world.database.reading() as session:
        assert topics_of(session, "note", [7, 8, 9]) == {7: ["drones", "youth"], 8: ["drones"]}
        assert tags_of(session, "note", [7, 8]) == {7: ["a", "radio"]}
        assert sorted(session.exec(with_topic("note", "drones"))) == [7, 8]
        assert sorted(session.exec(with_topic("paper", "drones", "youth"))) == [7]
        assert not session.exec(with_topic("paper")).all()
