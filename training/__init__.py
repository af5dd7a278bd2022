"""Training: needs, opportunities, nominations, each a sub-package with the rooms of a domain. May import core."""
