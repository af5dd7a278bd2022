"""The time zone of the bureau: deadlines end with its day."""

from datetime import tzinfo

from webapp.runtime import current_runtime


def bureau_zone() -> tzinfo:
    """Of the settings (`IPCU_TIME_ZONE`)."""
    return current_runtime().settings.zone
