"""Files of any object, by kind and id: attached, replaced by newer versions, taken off; their text for search; limits and purging.

The domain of a kind offers a `Host`, which is asked who may read and change the object.
"""

from core.attachments.limits import charge_upload, check_quota, check_type
from core.attachments.models import Attachment
from core.attachments.purging import PurgeReport, purge_unused
from core.attachments.queries import (
    NOT_HERE,
    AttachedFile,
    get_attachment,
    list_attachments,
    list_files,
    sections_of,
)
from core.attachments.scanning import Scanner
from core.attachments.service import MAX_ATTACHMENTS, Host, attach, clean_filename, detach

__all__ = [
    "MAX_ATTACHMENTS",
    "NOT_HERE",
    "AttachedFile",
    "Attachment",
    "Host",
    "PurgeReport",
    "Scanner",
    "attach",
    "charge_upload",
    "check_quota",
    "check_type",
    "clean_filename",
    "detach",
    "get_attachment",
    "list_attachments",
    "list_files",
    "purge_unused",
    "sections_of",
]
