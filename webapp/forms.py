"""From what a browser sent to a validated draft, with a sentence for each field that does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from flask_babel import gettext as _
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import Invalid, InvalidValue

Draft = TypeVar("Draft", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class FormState:
    """What stands in a form's fields and what is wrong with it, as the macros of `_macros/forms.html` draw it."""

    values: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    """Of fields that take several values."""
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


def parse_draft(kind: type[Draft], raw: Mapping[str, object]) -> Draft:
    """A draft of `kind`. Blank fields count as not given, so that defaults hold and required ones are named.

    Raises Invalid whose `fields` map the first part of each faulty field's name to a sentence; what is wrong with the
    draft as a whole is the message.
    """
    given = {name: value for name, value in raw.items() if not _is_blank(value)}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        fields: dict[str, str] = {}
        for problem in problems:
            if problem["loc"]:
                fields.setdefault(str(problem["loc"][0]), _sentence(problem))
        whole = [_sentence(problem) for problem in problems if not problem["loc"]]
        message = whole[0] if whole else _("Please check the marked fields.")
        raise Invalid(message, fields) from error


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _sentence(problem: ErrorDetails) -> str:
    kind, limits = problem["type"], problem.get("ctx", {})
    match kind:
        case "missing":
            text = _("Please fill this in.")
        case "string_too_short":
            text = _("At least %(count)s characters, please.", count=limits["min_length"])
        case "string_too_long":
            text = _("At most %(count)s characters, please.", count=limits["max_length"])
        case "too_many_parts":
            text = _(
                "This text has too many parts for one page (rows, list items, lines, links, marks). "
                "Split it, or attach it as a file."
            )
        case "too_long":
            text = _("At most %(count)s, please.", count=limits["max_length"])
        case "greater_than_equal":
            text = _("Not below %(limit)s.", limit=limits["ge"])
        case "less_than_equal":
            text = _("Not above %(limit)s.", limit=limits["le"])
        case "enum" | "literal_error":
            text = _("Please choose one of the offered values.")
        case "value_error":
            refused = limits["error"]
            return refused.message if isinstance(refused, InvalidValue) else _capital(str(refused))
        case _ if kind.startswith(("int_", "float_")):
            text = _("Please give a number.")
        case _ if kind.startswith("date"):
            text = _("Please give a date as year-month-day.")
        case _:
            text = _capital(problem["msg"])
    return str(text)


def _capital(text: str) -> str:
    """A sentence of ours as a person expects it: capital first, full stop last."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
