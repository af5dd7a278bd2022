"""Use cases of opportunities: write, change, move, import, renew audiences."""

from collections.abc import Sequence
from datetime import UTC, tzinfo

from sqlmodel import col, or_, select

from core.access import Marking, Tokens, Viewer, tokens_in
from core.errors import Conflict, Forbidden, Message, require
from core.marking import (
    Recipients,
    check_recipients,
    check_space,
    is_wider,
    keep_own_access,
    mark,
    recipients_of,
    renew,
    shared_with,
)
from core.people import get_organisation
from core.states import move
from core.tagging import set_tags, set_topics
from core.uow import UnitOfWork
from training.opportunities import policy, queries
from training.opportunities.drafts import OpportunityDraft, StateDraft
from training.opportunities.lifecycle import LIFECYCLE
from training.opportunities.models import KIND, Opportunity

OUTDATED = Message("Somebody else saved this meanwhile. Compare, then save again.")
_PLAIN = (
    "title",
    "summary",
    "host",
    "host_country",
    "place",
    "is_remote",
    "starts_on",
    "ends_on",
    "language",
    "language_level",
    "costs",
    "seats",
    "seat_cap",
    "min_service_years",
    "max_age",
    "criteria",
    "space_id",
    "organisation_id",
)


def create_opportunity(
    work: UnitOfWork, viewer: Viewer, draft: OpportunityDraft, *, zone: tzinfo = UTC, digest: str | None = None
) -> Opportunity:
    """Save a new draft. Its deadline is the end of the day in `zone`; `digest` names the imported row it comes from."""
    require(policy.can_create(viewer), "Opportunities are kept by the unit.")
    _check(work, viewer, draft, None)
    row = Opportunity(
        kind=draft.kind.value,
        title=draft.title,
        host=draft.host,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        deadline=draft.closes_at(zone),
        seats=draft.seats,
        organisation_id=draft.organisation_id,
        author_id=viewer.user_id,
        marking=draft.marking.value,
        import_digest=digest,
        created_at=work.now,
        changed_at=work.now,
    )
    _fill(row, draft, zone)
    work.session.add(row)
    work.session.flush()
    keep_own_access(viewer, _store_relations(work, row, draft))
    work.audit("opportunity.created", row.ref, kind=row.kind, marking=row.marking)
    return row


def edit_opportunity(
    work: UnitOfWork, viewer: Viewer, opportunity_id: int, draft: OpportunityDraft, *, zone: tzinfo = UTC
) -> Opportunity:
    """Change an opportunity. Raises Conflict when somebody saved in between, Forbidden for widening by another than the source.

    That no seat that was given goes is checked by who gives seats: `training.nominations.service.check_seats`.
    """
    row = queries.get_opportunity(work.session, viewer, opportunity_id)
    require(policy.can_edit(viewer, row), "You can read this opportunity but not change it.")
    if draft.revision is not None and draft.revision != row.revision:
        raise Conflict(OUTDATED)
    _check(work, viewer, draft, row)
    before = tokens_in(work.session, policy.audience_of(row, recipients_of(work.session, row.ref)))
    may_widen = policy.can_widen(viewer, row)
    _fill(row, draft, zone)
    tokens = _store_relations(work, row, draft)
    if is_wider(work.session, tokens, before) and not may_widen:
        raise Forbidden("Only the source organisation may widen who sees this. You may tighten it.")
    keep_own_access(viewer, tokens)
    touch(work, row, "edit")
    work.audit("opportunity.edited", row.ref, revision=row.revision)
    return row


def move_opportunity(
    work: UnitOfWork, viewer: Viewer, opportunity_id: int, verb: str, draft: StateDraft
) -> Opportunity:
    """Open, close, hold or cancel. Raises Conflict when it is not in a state for that any more."""
    row = queries.get_opportunity(work.session, viewer, opportunity_id)
    require(policy.can_move(viewer, row), "Only the unit moves an opportunity.")
    if verb == "open" and row.deadline < work.now:
        raise Conflict("Its deadline for nominations has passed. Set a later one first.")
    row.state = move(work, LIFECYCLE, row.state, verb, ref=row.ref, given={"reason": draft.reason})
    row.state_reason = draft.reason
    touch(work, row, verb)
    return row


def decide_opportunity(work: UnitOfWork, row: Opportunity) -> None:
    """Its seats are decided: the step that follows from the decision about nominations."""
    row.state = move(work, LIFECYCLE, row.state, "decide", ref=row.ref)
    touch(work, row, "decided")


def close_passed(work: UnitOfWork) -> list[Opportunity]:
    """Close the open ones whose deadline has passed; those that were closed."""
    due = select(Opportunity).where(Opportunity.state == "open", col(Opportunity.deadline) < work.now)
    rows = list(work.session.exec(due.order_by(col(Opportunity.id))))
    for row in rows:
        row.state = move(work, LIFECYCLE, row.state, "close", ref=row.ref)
        touch(work, row, "close")
    return rows


def import_opportunities(
    work: UnitOfWork, viewer: Viewer, drafts: Sequence[tuple[str, OpportunityDraft]], *, zone: tzinfo = UTC
) -> tuple[int, int]:
    """Bring in rows of a host's list, each with its digest, as drafts; how many were new and how many were there before."""
    require(policy.can_create(viewer), "Opportunities are kept by the unit.")
    known = set(
        work.session.exec(
            select(Opportunity.import_digest).where(col(Opportunity.import_digest).in_([key for key, _ in drafts]))
        )
    )
    fresh = {key: draft for key, draft in drafts if key not in known}
    for key, draft in fresh.items():
        create_opportunity(work, viewer, draft, zone=zone, digest=key)
    return len(fresh), len(drafts) - len(fresh)


def renew_audiences(work: UnitOfWork, organisation_id: int) -> int:
    """Work out anew who sees the TLP:AMBER opportunities of an organisation, or shared with it; the number that changed."""
    concerned = select(Opportunity).where(
        Opportunity.marking == Marking.AMBER.value,
        or_(
            col(Opportunity.organisation_id) == organisation_id,
            col(Opportunity.id).in_(shared_with(KIND, organisation_id)),
        ),
    )
    rows = work.session.exec(concerned).all()
    return sum(renew(work, row.ref, policy.audience_of(row, recipients_of(work.session, row.ref))) for row in rows)


def touch(work: UnitOfWork, row: Opportunity, reason: str) -> None:
    """Raise the revision and tell search."""
    row.revision += 1
    row.changed_at = work.now
    work.session.add(row)
    work.mark_dirty(row.ref, reason)


def _check(work: UnitOfWork, viewer: Viewer, draft: OpportunityDraft, known: Opportunity | None) -> None:
    get_organisation(work.session, draft.organisation_id)
    check_recipients(work.session, draft.listed_organisations, draft.named_users)
    check_space(viewer, draft.space_id, known.space_id if known else None)


def _fill(row: Opportunity, draft: OpportunityDraft, zone: tzinfo) -> None:
    for name in _PLAIN:
        setattr(row, name, getattr(draft, name))
    row.kind, row.payer, row.marking = draft.kind.value, draft.payer.value, draft.marking.value
    row.body_source, row.body_html, row.rendered_by = draft.body.source, draft.body.html, draft.body.version
    row.documents, row.refs = list(draft.documents), list(draft.refs)
    row.deadline = draft.closes_at(zone)


def _store_relations(work: UnitOfWork, row: Opportunity, draft: OpportunityDraft) -> Tokens:
    work.session.add(row)
    set_topics(work.session, row.ref, draft.topics)
    set_tags(work.session, row.ref, draft.tags)
    wanted = Recipients(frozenset(draft.listed_organisations), frozenset(draft.named_users))
    return mark(work.session, row.ref, policy.audience_of(row, wanted))
