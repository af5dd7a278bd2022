"""The pages of nominations: profiles, one's desk, a nomination, the board of the unit, the panel, the rules."""
