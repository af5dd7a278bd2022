"""The life cycle of a nomination (METHODS 3), as data."""

from core.states import Lifecycle, Transition

_UNDER_WAY = ("submitted", "endorsed", "approved", "screened", "scored", "shortlisted")

LIFECYCLE = Lifecycle(
    name="nomination",
    initial="draft",
    transitions=(
        Transition("submit", ("draft",), "submitted"),
        Transition("endorse", ("submitted",), "endorsed"),
        Transition("approve", ("endorsed",), "approved"),
        Transition("screen", ("approved",), "screened"),
        Transition("score", ("screened", "scored"), "scored"),
        Transition("shortlist", ("scored",), "shortlisted"),
        Transition("select", ("scored", "shortlisted", "approved", "screened"), "selected", wants=("reason",)),
        Transition("reserve", ("scored", "shortlisted"), "reserve", wants=("reason",)),
        Transition("decline", _UNDER_WAY, "not_selected", wants=("reason",)),
        Transition("promote", ("reserve",), "selected", wants=("reason",)),
        Transition("confirm", ("selected",), "confirmed"),
        Transition("travel", ("confirmed",), "travelled"),
        Transition("report", ("travelled",), "reported"),
        Transition("close", ("reported",), "closed"),
        Transition(
            "withdraw", ("draft", *_UNDER_WAY, "selected", "reserve", "confirmed"), "withdrawn", wants=("reason",)
        ),
        Transition("replace", ("selected", "confirmed"), "substituted", wants=("reason",)),
        Transition("reopen", ("not_selected",), "reserve", wants=("reason",)),
        Transition("end", ("reserve",), "not_selected", wants=("reason",)),
    ),
)
"""`select` also takes those named by a host, who are screened but not scored; `reopen` follows an appeal that was upheld."""
