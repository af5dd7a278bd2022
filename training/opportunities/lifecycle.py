"""The life cycle of an opportunity, as data."""

from core.states import Lifecycle, Transition

LIFECYCLE = Lifecycle(
    name="opportunity",
    initial="draft",
    transitions=(
        Transition("open", ("draft", "closed"), "open"),
        Transition("close", ("open",), "closed"),
        Transition("decide", ("open", "closed"), "decided"),
        Transition("hold", ("decided",), "held"),
        Transition("cancel", ("draft", "open", "closed", "decided"), "cancelled", wants=("reason",)),
    ),
)
"""`decide` follows from the decision about its seats and is no button of its own; `open` again is how a deadline is extended."""

BUTTONS = ("open", "close", "hold", "cancel")
"""Verbs that the unit uses on the page."""
