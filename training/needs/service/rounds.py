"""Assessment rounds: opened, answered by organisations, rated by people, closed."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import col, select

from core.access import Viewer
from core.errors import Conflict, Invalid, Message, require
from core.people import Role, get_organisation, list_users_with_role
from core.uow import UnitOfWork
from training.needs import policy, queries
from training.needs.drafts import RatingDraft, ReplyDraft, RoundDraft
from training.needs.models import AssessmentRound, Reply, ReplyTopic, RoundStatus, RoundTopic, TopicRating

CLOSED = Message("This round is closed and takes no answers any more.")


def open_round(work: UnitOfWork, viewer: Viewer, draft: RoundDraft) -> AssessmentRound:
    """Open a round and tell the focal points."""
    require(policy.can_open_rounds(viewer), "Rounds are opened by the staff of the unit.")
    if draft.due_on < work.now.date():
        raise Invalid("The last day for answers is over already.", {"due_on": Message("Please choose a day to come.")})
    one = AssessmentRound(
        title=draft.title,
        instructions=draft.instructions,
        due_on=draft.due_on,
        opened_by=viewer.user_id,
        opened_at=work.now,
    )
    work.session.add(one)
    work.session.flush()
    for topic in draft.topics:
        work.session.add(RoundTopic(round_id=one.ref.id, **topic.model_dump()))
    work.audit("assessment.opened", one.ref, topics=len(draft.topics))
    for person in list_users_with_role(work.session, Role.FOCAL_POINT):
        if person.id is not None and person.id != viewer.user_id:
            work.notify(person.id, "assessment.opened", one.ref, {})
    return one


def answer_round(work: UnitOfWork, viewer: Viewer, round_id: int, draft: ReplyDraft) -> Reply:
    """Store an organisation's answer over the one it gave before. Topics that it does not name are not stored at all."""
    one = queries.get_round(work.session, viewer, round_id)
    require(policy.can_answer_for(viewer, draft.organisation_id), "You may not answer for this organisation.")
    _take_answers(one)
    get_organisation(work.session, draft.organisation_id)
    known = {topic.id for topic in queries.topics_of_round(work.session, round_id)}
    if {row.topic_id for row in draft.named} - known:
        raise Invalid("This topic is not asked about in this round.")
    session = work.session
    mine = select(Reply).where(Reply.round_id == round_id, Reply.organisation_id == draft.organisation_id)
    reply = session.exec(mine).one_or_none() or Reply(
        round_id=round_id, organisation_id=draft.organisation_id, answered_by=viewer.user_id, answered_at=work.now
    )
    reply.note, reply.answered_by, reply.answered_at = draft.note, viewer.user_id, work.now
    session.add(reply)
    session.flush()
    assert reply.id is not None
    before = delete(ReplyTopic).where(col(ReplyTopic.reply_id) == reply.id)
    session.execute(before.execution_options(synchronize_session="fetch"))
    rows = {row.topic_id: row for row in draft.named}
    session.add_all(ReplyTopic(reply_id=reply.id, **row.model_dump()) for row in rows.values())
    work.audit("assessment.answered", one.ref, organisation=draft.organisation_id, topics=len(rows))
    return reply


def rate_topics(work: UnitOfWork, viewer: Viewer, round_id: int, ratings: Sequence[RatingDraft]) -> int:
    """Store what a person says of the competencies, over what he said before; the number rated."""
    one = queries.get_round(work.session, viewer, round_id)
    require(policy.can_rate(viewer))
    _take_answers(one)
    known = {topic.id for topic in queries.topics_of_round(work.session, round_id)}
    if {row.topic_id for row in ratings} - known:
        raise Invalid("This topic is not asked about in this round.")
    mine = delete(TopicRating).where(
        col(TopicRating.respondent_id) == viewer.user_id, col(TopicRating.topic_id).in_(known)
    )
    work.session.execute(mine.execution_options(synchronize_session="fetch"))
    rows = {row.topic_id: row for row in ratings}
    work.session.add_all(
        TopicRating(respondent_id=viewer.user_id, rated_at=work.now, **row.model_dump()) for row in rows.values()
    )
    # What a person says of himself is nobody's business: the trail keeps that he answered, not what.
    work.audit("assessment.rated", one.ref, topics=len(rows))
    return len(rows)


def close_round(work: UnitOfWork, viewer: Viewer, round_id: int) -> AssessmentRound:
    """End a round: no answers any more, and the focal points see the results."""
    one = queries.get_round(work.session, viewer, round_id)
    require(policy.can_open_rounds(viewer), "Rounds are closed by the staff of the unit.")
    if one.status != RoundStatus.OPEN:
        raise Conflict("This round is closed already.")
    one.status, one.closed_at = RoundStatus.CLOSED.value, work.now
    work.session.add(one)
    work.audit("assessment.closed", one.ref)
    for person in list_users_with_role(work.session, Role.FOCAL_POINT):
        if person.id is not None and person.id != viewer.user_id:
            work.notify(person.id, "assessment.closed", one.ref, {})
    return one


def _take_answers(one: AssessmentRound) -> None:
    # Late answers are welcome as long as the staff have not closed the round.
    if one.status != RoundStatus.OPEN:
        raise Conflict(CLOSED)
