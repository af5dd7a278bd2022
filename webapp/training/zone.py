"""The time zone of the bureau: deadlines end with its day."""

from datetime import UTC, tzinfo


def bureau_zone() -> tzinfo:
    """Until people have time zones, UTC."""
    return UTC
