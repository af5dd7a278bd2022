"""Nominations: officers' profiles, gates, the life cycle of a nomination, the panel, and the duty to report back (METHODS 3)."""
