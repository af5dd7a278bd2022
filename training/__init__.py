"""Training: needs, opportunities, nominations, fair share of seats. May import core.

One sub-package each; they import each other in this order only, never upward.
"""
