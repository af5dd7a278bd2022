"""Knowledge requests: what was looked for and not found."""

from core.access import Viewer
from core.content import ContentRef
from core.errors import Conflict, NotFound, require
from core.people import Role, list_users_with_role
from core.uow import UnitOfWork
from library import policy
from library.drafts import AnswerDraft, RequestDraft
from library.models import KnowledgeRequest, RequestStatus


def request_knowledge(work: UnitOfWork, viewer: Viewer, draft: RequestDraft) -> KnowledgeRequest:
    """Store a request and tell the staff who work on them."""
    require(policy.can_create(viewer))
    request = KnowledgeRequest(
        question=draft.question,
        details=draft.details,
        asker_id=viewer.user_id,
        organisation_id=viewer.organisation_id,
        created_at=work.now,
    )
    work.session.add(request)
    work.session.flush()
    ref = ContentRef("request", request.id or 0)
    work.audit("request.created", ref)
    for person in list_users_with_role(work.session, Role.LIBRARIAN, Role.IPCU_STAFF):
        if person.id is not None and person.id != viewer.user_id:
            work.notify(person.id, "request.created", ref, {})
    return request


def handle_request(work: UnitOfWork, viewer: Viewer, request_id: int, draft: AnswerDraft) -> KnowledgeRequest:
    """Answer or close a request and tell the asker. Raises Conflict when somebody did already."""
    require(policy.can_handle_requests(viewer), "Requests are handled by librarians and IPCU staff.")
    request = work.session.get(KnowledgeRequest, request_id)
    if request is None:
        raise NotFound
    if request.status != RequestStatus.OPEN:
        raise Conflict("Somebody has dealt with this request already.")
    request.status = draft.status.value
    request.answer = draft.answer
    request.handled_by = viewer.user_id
    request.handled_at = work.now
    work.session.add(request)
    ref = ContentRef("request", request_id)
    work.audit(f"request.{request.status}", ref)
    work.notify(request.asker_id, f"request.{request.status}", ref, {})
    return request
