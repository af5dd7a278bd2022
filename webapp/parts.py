"""The parts of the product: the only place that names its domains. Each adds its content after those before it."""

import core.access
import core.accounts.models
import core.attachments.models
import core.audit
import core.deadlines
import core.files
import core.following
import core.links
import core.mail.models
import core.marking
import core.notices
import core.outbox
import core.people
import core.tagging
import search.history
import search.models
from webapp.administration.part import ADMINISTRATION
from webapp.calendar.part import CALENDAR
from webapp.forums.part import FORUMS
from webapp.library.part import LIBRARY
from webapp.part import Part
from webapp.training.needs.part import NEEDS
from webapp.training.opportunities.part import OPPORTUNITIES

PARTS: tuple[Part, ...] = (LIBRARY, FORUMS, CALENDAR, NEEDS, OPPORTUNITIES, ADMINISTRATION)

TABLES = (
    core.access,
    core.accounts.models,
    core.attachments.models,
    core.audit,
    core.deadlines,
    core.files,
    core.following,
    core.links,
    core.mail.models,
    core.marking,
    core.notices,
    core.outbox,
    core.people,
    core.tagging,
    search.history,
    search.models,
    *(module for part in PARTS for module in part.models),
)
"""Every module with tables, so that whoever compares models and schema sees all of them. A test keeps the list whole."""
