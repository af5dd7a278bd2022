"""Reads of assessment rounds: what is asked, who answered, and the measures of every topic."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from core.access import EVERY_MEMBER, Viewer, visible_clause
from core.errors import NotFound
from core.links import LinkState, links_from
from core.people import Organisation, Role, names_of_organisations
from core.taxonomy import area_of
from training.needs.drafts import CROSS_CUTTING
from training.needs.lifecycle import LIVE
from training.needs.models import (
    ANSWERED_BY,
    KIND,
    AssessmentRound,
    Cause,
    Extent,
    Need,
    Reply,
    ReplyTopic,
    RoundStatus,
    RoundTopic,
    TopicRating,
)
from training.needs.priority import Asked, Named, Rating, Result, measure


def get_round(session: Session, viewer: Viewer, round_id: int) -> AssessmentRound:
    """Raises NotFound. Every verified member may know of a round: all are asked to rate."""
    one = session.get(AssessmentRound, round_id)
    if one is None or not viewer.audience:
        raise NotFound
    return one


def list_rounds(session: Session, viewer: Viewer) -> list[AssessmentRound]:
    """All, those that take answers first, newest first."""
    if not viewer.audience:
        return []
    rows = select(AssessmentRound).order_by(col(AssessmentRound.status).desc(), col(AssessmentRound.id).desc())
    return list(session.exec(rows))


def find_round_titles(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, str]:
    """Titles of rounds, for notices."""
    if not viewer.audience:
        return {}
    rows = select_columns(col(AssessmentRound.id), col(AssessmentRound.title)).where(col(AssessmentRound.id).in_(ids))
    return {number: title for number, title in session.execute(rows) if number is not None}


def topics_of_round(session: Session, round_id: int) -> list[RoundTopic]:
    """What is asked about, in the order it was entered."""
    return list(session.exec(select(RoundTopic).where(RoundTopic.round_id == round_id).order_by(col(RoundTopic.id))))


def organisations_asked(session: Session) -> list[Organisation]:
    """Who is asked: every body and partner, by name."""
    return list(session.exec(select(Organisation).order_by(Organisation.name)))


def reply_of(session: Session, round_id: int, organisation_id: int) -> Reply | None:
    """What an organisation answered."""
    mine = select(Reply).where(Reply.round_id == round_id, Reply.organisation_id == organisation_id)
    return session.exec(mine).one_or_none()


def list_replies(session: Session, round_id: int) -> list[Reply]:
    """Who answered, earliest first."""
    return list(session.exec(select(Reply).where(Reply.round_id == round_id).order_by(col(Reply.id))))


def named_in(session: Session, reply_ids: Iterable[int]) -> list[ReplyTopic]:
    """The topics that these answers name."""
    return list(session.exec(select(ReplyTopic).where(col(ReplyTopic.reply_id).in_(set(reply_ids)))))


def my_ratings(session: Session, viewer: Viewer, round_id: int) -> dict[int, TopicRating]:
    """What the viewer said of himself, by topic."""
    topics = select(RoundTopic.id).where(RoundTopic.round_id == round_id)
    rows = select(TopicRating).where(TopicRating.respondent_id == viewer.user_id, col(TopicRating.topic_id).in_(topics))
    return {row.topic_id: row for row in session.exec(rows)}


def list_waiting(session: Session, viewer: Viewer) -> list[AssessmentRound]:
    """Open rounds that the viewer's organisation has not answered and he could, the one due first before the others."""
    if not viewer.has(Role.FOCAL_POINT):
        return []
    answered = select(Reply.round_id).where(Reply.organisation_id == viewer.organisation_id)
    rows = select(AssessmentRound).where(
        AssessmentRound.status == RoundStatus.OPEN.value, col(AssessmentRound.id).not_in(answered)
    )
    return list(session.exec(rows.order_by(col(AssessmentRound.due_on), col(AssessmentRound.id))))


def measured(session: Session, round_id: int) -> list[Result]:
    """The measures of every topic of a round, in the order they were asked. For who may see results."""
    topics, replies = topics_of_round(session, round_id), list_replies(session, round_id)
    bodies = names_of_organisations(session, (one.organisation_id for one in replies))
    by_reply = {one.id: one.organisation_id for one in replies if one.id is not None}
    named: dict[int, list[Named]] = {}
    for row in named_in(session, by_reply):
        body = by_reply[row.reply_id]
        named.setdefault(row.topic_id, []).append(Named(body, row.officers, row.urgency, bodies[body].strength))
    ratings = _ratings(session, [one.id for one in topics if one.id is not None])
    covered = officers_covered(session, {one.topic for one in topics})
    answering = {number: body.strength for number, body in bodies.items()}
    return [
        measure(
            Asked(
                key=one.id,
                named=tuple(named.get(one.id, ())),
                ratings=tuple(ratings.get(one.id, ())),
                strategy=strategy_of(one),
                covered=covered.get(one.topic, 0),
            ),
            answering,
        )
        for one in topics
        if one.id is not None
    ]


def strategy_of(topic: RoundTopic) -> float:
    """`S`: 1 for a declared strategic theme, 0.5 for a cross-cutting one, else 0."""
    if topic.is_strategic:
        return 1.0
    return 0.5 if area_of(topic.topic) == CROSS_CUTTING else 0.0


def officers_covered(session: Session, topics: Iterable[str]) -> Mapping[str, int]:
    """Officers of live needs for which the staff confirmed that knowledge is sufficient, by topic.

    Only needs that every member may see count, so that the results are the same for every reader and tell of no restricted need.
    """
    rows = select(Need).where(
        visible_clause(EVERY_MEMBER, KIND, Need.id),
        col(Need.topic).in_(set(topics)),
        Need.cause == Cause.SKILL.value,
        col(Need.status).in_([one.value for one in LIVE]),
    )
    needs = {one.ref.id: one for one in session.exec(rows)}
    full = {
        link.from_id
        for link in links_from(session, KIND, sorted(needs), ANSWERED_BY, LinkState.CONFIRMED)
        if link.extent == Extent.FULLY
    }
    found: dict[str, int] = {}
    for number in full:
        found[needs[number].topic] = found.get(needs[number].topic, 0) + (needs[number].officers or 0)
    return found


def _ratings(session: Session, topic_ids: Sequence[int]) -> dict[int, list[Rating]]:
    rows = select(TopicRating).where(col(TopicRating.topic_id).in_(topic_ids)).order_by(col(TopicRating.respondent_id))
    found: dict[int, list[Rating]] = {}
    for row in session.exec(rows):
        found.setdefault(row.topic_id, []).append(Rating(row.importance, row.ability))
    return found
