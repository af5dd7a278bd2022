"""A demo instance: invented organisations, people and records that a newcomer can search at once."""

DEMO_PASSWORD = "demo-exchange-2026"  # noqa: S105 - shown on the sign-in page of a demo instance, and only there

FENCE = "+++"
"""Stands before and after the TOML at the head of a record's file."""
