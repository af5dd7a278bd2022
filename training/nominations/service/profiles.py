"""Officers' profiles: the officer corrects, the focal point confirms."""

from core.access import Viewer
from core.errors import Conflict, Invalid, Message, require
from core.people import get_user
from core.uow import UnitOfWork
from training.nominations import policy, queries
from training.nominations.drafts import ProfileDraft
from training.nominations.models import OfficerProfile

_PLAIN = (
    "service_since",
    "posting",
    "district",
    "post_topics",
    "birth_year",
    "sex",
    "supervisor_id",
    "passport_until",
    "clearance_until",
    "medical_until",
)
OUTDATED = Message("Somebody else saved this profile meanwhile. Compare, then save again.")


def save_profile(work: UnitOfWork, viewer: Viewer, user_id: int, draft: ProfileDraft) -> OfficerProfile:
    """Write a profile. What was confirmed before waits for its confirmation again. Raises Conflict when it was changed meanwhile."""
    seen = queries.get_profile(work.session, viewer, user_id, work.now)
    require(policy.can_edit_profile(seen.reader), "You can read this profile but not change it.")
    row = seen.profile
    if draft.revision is not None and draft.revision != row.revision:
        raise Conflict(OUTDATED)
    if draft.supervisor_id is not None:
        if draft.supervisor_id == user_id:
            raise Invalid("Nobody is his own supervisor.", {"supervisor_id": Message("Choose somebody else.")})
        get_user(work.session, draft.supervisor_id)
    for name in _PLAIN:
        setattr(row, name, getattr(draft, name))
    if policy.can_bar(seen.reader):
        row.barred_until = draft.barred_until
    row.languages = [one.model_dump() for one in draft.languages]
    row.courses = [one.model_dump(mode="json") for one in draft.courses]
    row.revision = (row.revision or 0) + 1
    row.changed_at = work.now
    work.session.add(row)
    work.audit("profile.saved", row.ref, revision=row.revision)
    return row


def confirm_profile(work: UnitOfWork, viewer: Viewer, user_id: int, revision: int) -> OfficerProfile:
    """Say that a profile is right as it stands in this revision. Raises Conflict when it was changed meanwhile."""
    seen = queries.get_profile(work.session, viewer, user_id, work.now)
    require(policy.can_confirm(seen.reader), "A profile is confirmed by the focal point of the organisation.")
    row = seen.profile
    if revision != row.revision:
        raise Conflict(OUTDATED)
    if policy.missing_in(row):
        raise Invalid("The profile is not complete yet: there is nothing to confirm.")
    row.confirmed_revision, row.confirmed_by, row.confirmed_at = row.revision, viewer.user_id, work.now
    work.session.add(row)
    work.audit("profile.confirmed", row.ref, revision=row.revision)
    work.notify(user_id, "profile.confirmed", row.ref, {})
    return row
