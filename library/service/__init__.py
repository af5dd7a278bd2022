"""Use cases of the library: check policy, change state, mark dirty, audit, notify. No commit, no HTML, no HTTP."""

from library.service.attachments import RECORD_HOST, RecordHost
from library.service.audiences import renew_audiences
from library.service.importing import ImportedDocument, import_document
from library.service.proposals import accept_revision, return_revision, take_back_revision
from library.service.records import (
    Saved,
    create_record,
    delete_draft,
    edit_record,
    publish_record,
    withdraw_record,
)
from library.service.requests import handle_request, request_knowledge
from library.service.sensitivity import check_edit, check_proposal, check_record

__all__ = [
    "RECORD_HOST",
    "ImportedDocument",
    "RecordHost",
    "Saved",
    "accept_revision",
    "check_edit",
    "check_proposal",
    "check_record",
    "create_record",
    "delete_draft",
    "edit_record",
    "handle_request",
    "import_document",
    "publish_record",
    "renew_audiences",
    "request_knowledge",
    "return_revision",
    "take_back_revision",
    "withdraw_record",
]
