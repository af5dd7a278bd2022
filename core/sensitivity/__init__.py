"""What must not be shared: found in a text with its kind and place, masked on request, decided on by marking.

`find` never leaves the machine and takes time proportional to the text. Patterns and decisions are data, which an
operator may change in a file (docs/sensitivity.md).
"""

from core.sensitivity.accepting import only_new, require_shareable
from core.sensitivity.deciding import Checked, SensitiveText, check, decide
from core.sensitivity.finding import find, mask
from core.sensitivity.model import LABELS, Decision, Finding, Kind, Rules
from core.sensitivity.rules_file import DEFAULT, RulesError, load_rules

__all__ = [
    "DEFAULT",
    "LABELS",
    "Checked",
    "Decision",
    "Finding",
    "Kind",
    "Rules",
    "RulesError",
    "SensitiveText",
    "check",
    "decide",
    "find",
    "load_rules",
    "mask",
    "only_new",
    "require_shareable",
]
