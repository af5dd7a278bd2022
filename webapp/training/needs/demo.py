"""The needs of the demo: two assessment rounds, fifteen needs, what the staff said about their answers, and open requests."""

import tomllib
from datetime import timedelta
from importlib.resources import files as resources
from typing import Any

from core.access import Marking
from core.content import ContentRef
from library.drafts import RequestDraft
from library.models import KnowledgeRequest
from library.service import request_knowledge
from training.needs.drafts import (
    NamedTopicDraft,
    NeedDraft,
    RatingDraft,
    ReplyDraft,
    RoundDraft,
    StepDraft,
    VerdictDraft,
)
from training.needs.models import AssessmentRound, Cause, Need, Status
from training.needs.queries import topics_of_round
from training.needs.service import (
    answer_round,
    close_round,
    create_need,
    judge_answer,
    move_need,
    open_round,
    rate_topics,
    refer_need,
    release_need,
)
from webapp.stage import DemoStage

STAFF = "saira.dhanak@exchange.example"
STEPS = {Status.PLANNED: "plan", Status.MET: "meet", Status.CLOSED: "close"}


def load_needs(stage: DemoStage) -> None:
    """Open the rounds, write the needs and judge their answers as their people would. A need is known to later parts by its key."""
    for entry in _content("rounds.toml")["round"]:
        _load_round(stage, entry)
        stage.count("assessment rounds")
        stage.progress()
    content = _content("needs.toml")
    for entry in content["need"]:
        _load_need(stage, entry)
        stage.count("needs")
        stage.progress()
    for entry in content["request"]:
        _ask(stage, entry["by"], entry["question"], "", entry["days_ago"])


def _content(name: str) -> dict[str, Any]:
    return tomllib.loads((resources("webapp.demo") / "content" / "training" / name).read_text("utf-8"))


def _load_round(stage: DemoStage, entry: dict[str, Any]) -> None:
    work, staff = stage.work, stage.viewer(entry["by"])
    due = work.now.date() + timedelta(days=max(0, entry["due_in_days"]))
    draft = RoundDraft(title=entry["title"], instructions=entry["instructions"], due_on=due, topics=entry["topic"])
    one = open_round(work, staff, draft)
    topics = {topic.topic: topic.id for topic in topics_of_round(work.session, one.ref.id)}
    for reply in entry["reply"]:
        named = [NamedTopicDraft(topic_id=topics[topic], **given) for topic, given in reply["named"].items()]
        organisation = stage.organisations[reply["organisation"]]
        answer = ReplyDraft(organisation_id=organisation, named=named, note=reply.get("note", ""))
        answer_round(work, stage.viewer(reply["by"]), one.ref.id, answer)
    for rating in entry["rating"]:
        given = [
            RatingDraft(topic_id=topics[topic], importance=importance, ability=ability)
            for topic, (importance, ability) in rating["ratings"].items()
        ]
        rate_topics(work, stage.viewer(rating["by"]), one.ref.id, given)
    if entry["is_closed"]:
        close_round(work, staff, one.ref.id)
    _date_round(stage, one, entry)


def _date_round(stage: DemoStage, one: AssessmentRound, entry: dict[str, Any]) -> None:
    """As old as the story says; the audit chain has the truth."""
    now = stage.work.now
    one.opened_at = now - timedelta(days=entry["opened_days_ago"])
    one.due_on = now.date() + timedelta(days=entry["due_in_days"])
    if one.closed_at is not None:
        one.closed_at = now + timedelta(days=entry["due_in_days"] + 5)


def _load_need(stage: DemoStage, entry: dict[str, Any]) -> None:
    work, author = stage.work, stage.viewer(entry["author"])
    need = create_need(work, author, _draft(entry, stage))
    stage.objects[f"need:{entry['key']}"] = need.ref
    status, staff = Status(entry["status"]), stage.viewer(STAFF)
    if status is Status.REFERRED:
        step = StepDraft(verb="refer", reason=entry["reason"])
        refer_need(work, staff, need.ref.id, step, _task(stage, need, entry))
    elif status is not Status.DRAFT:
        release_need(work, need)
        if status in STEPS:
            move_need(work, staff, need.ref.id, StepDraft(verb=STEPS[status], reason=entry.get("reason", "")))
    for number, (extent, why) in entry.get("answers", {}).items():
        verdict = VerdictDraft(extent=None if extent == "not" else extent, why=why)
        judge_answer(work, staff, need.ref.id, stage.objects[f"record:{number}"], verdict)
        stage.count("answers to needs")
    need.created_at = work.now - timedelta(days=entry["days_ago"])
    need.changed_at = need.created_at + timedelta(days=2)


def _task(stage: DemoStage, need: Need, entry: dict[str, Any]) -> ContentRef | None:
    if need.cause != Cause.PROCEDURE:
        return None
    return ContentRef("request", _ask(stage, STAFF, entry["question"], need.statement, entry["days_ago"]).id or 0)


def _ask(stage: DemoStage, email: str, question: str, details: str, days_ago: int) -> KnowledgeRequest:
    draft = RequestDraft(question=question, details=details)
    request = request_knowledge(stage.work, stage.viewer(email), draft)
    request.created_at = stage.work.now - timedelta(days=days_ago)
    stage.count("knowledge requests")
    return request


def _draft(entry: dict[str, Any], stage: DemoStage) -> NeedDraft:
    plain = ("title", "statement", "topic", "rank_band", "level_now", "level_wanted", "urgency", "cause")
    left_open = ("cross_cutting", "incidents", "profile", "officers", "language")
    return NeedDraft(
        **{name: entry[name] for name in plain},
        **{name: entry[name] for name in left_open if name in entry},
        organisation_id=stage.organisations[entry["organisation"]],
        owner_id=stage.people[entry["owner"]] if "owner" in entry else None,
        marking=Marking(entry["marking"]),
        listed_organisations=[stage.organisations[key] for key in entry.get("listed", [])],
        space_id=stage.spaces[entry["space"]] if "space" in entry else None,
    )
