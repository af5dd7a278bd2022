"""Every module with tables, so that whoever compares models and schema sees all of them. A test keeps the list whole."""

import core.access
import core.accounts.models
import core.audit
import core.files
import core.notices
import core.outbox
import core.people
import library.models
import search.history
import search.models

MODULES = (
    core.access,
    core.accounts.models,
    core.audit,
    core.files,
    core.notices,
    core.outbox,
    core.people,
    library.models,
    search.history,
    search.models,
)
