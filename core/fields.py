"""Building blocks of drafts: annotated types that clean and check what somebody typed, one by one.

A draft names one for each of its fields; the form macros draw them and `webapp.forms` turns what they refuse into sentences.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.errors import InvalidValue
from core.markup import Rendered, TooLarge, render
from core.taxonomy import LANGUAGES, clean_tags, country_names, is_topic

MAX_TOPICS = 6
MAX_RECIPIENTS = 50
FIRST_YEAR, LAST_YEAR = 1800, 2100


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of what follows, so that a name reads otherwise than it is. The marks that Urdu and Arabic
are written with (zero-width joiner and non-joiner, left-to-right and right-to-left mark) are none of them."""


def _tidy(value: object) -> object:
    """Outer space and signs nobody sees never belong to what somebody typed; every line end becomes a plain one."""
    if not isinstance(value, str):
        return value
    value = re.sub("\r\n|[\r\x85\u2028\u2029]", "\n", _DIRECTIONS.sub("", value))
    return "".join(char for char in value if (char >= " " and not "\x7f" <= char <= "\x9f") or char in "\n\t").strip()


def body_of(text: str) -> Rendered:
    """A Markdown text as a draft takes it, with its HTML. Raises TooLarge."""
    return render(str(_tidy(text)))


def _rendered(value: object) -> object:
    """What was written with its HTML: who has a draft has paid for the rendering, before any unit of work."""
    if not isinstance(value, str):
        return value
    try:
        return body_of(value)
    except TooLarge as error:
        if error.limit is None:
            raise PydanticCustomError("too_many_parts", "{said}", {"said": error.message}) from error
        said = {"said": error.message, "max_length": error.limit}
        raise PydanticCustomError("string_too_long", "{said}", said) from error


def _one_line(value: object) -> object:
    tidy = _tidy(value)
    return " ".join(tidy.split()) if isinstance(tidy, str) else tidy


def _known_country(value: str) -> str:
    value = value.strip().upper()
    if value and value not in country_names():
        raise InvalidValue("This is not a country code.")
    return value


def _known_language(value: str) -> str:
    if value not in LANGUAGES:
        raise InvalidValue("This is not one of the offered languages.")
    return value


def _known_topics(value: list[str]) -> list[str]:
    for topic in value:
        if not is_topic(topic):
            raise InvalidValue("“%(topic)s” is not a topic.", topic=topic)
    return list(dict.fromkeys(value))


def _clean_tags(value: object) -> object:
    if isinstance(value, str):
        return clean_tags(value)
    if isinstance(value, list):
        return clean_tags(",".join(str(tag) for tag in value))
    return value


def _sane_year(value: int) -> int:
    if not FIRST_YEAR <= value <= LAST_YEAR:
        raise InvalidValue("Please give a year between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
    return value


Line = Annotated[str, BeforeValidator(_one_line)]
"""Words on one line: runs of space and line ends become single spaces."""
Text = Annotated[str, BeforeValidator(_tidy)]
"""Words on any number of lines."""
Body = Annotated[Rendered, BeforeValidator(_rendered)]
"""A Markdown text with its HTML; made from the text."""
OptionalDate = Annotated[date | None, BeforeValidator(_none_if_blank)]
Year = Annotated[int, AfterValidator(_sane_year)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""What the databases can hold: a larger one would be an error of theirs and not of a field."""
OptionalNumber = Annotated[Number | None, BeforeValidator(_none_if_blank)]
OrganisationId = Number
"""Whether there is such an organisation is checked where it is used: `core.marking.check_recipients`."""
OrganisationIds = Annotated[list[OrganisationId], Field(max_length=MAX_RECIPIENTS)]
UserIds = Annotated[list[Number], Field(max_length=MAX_RECIPIENTS)]
Country = Annotated[str, AfterValidator(_known_country)]
"""ISO 3166 alpha-2 in capitals; empty for none."""
Language = Annotated[str, AfterValidator(_known_language)]
"""ISO 639 code of one of the offered languages."""
Topics = Annotated[list[str], Field(max_length=MAX_TOPICS), AfterValidator(_known_topics)]
"""Slugs of second-level topics, each once."""
Tags = Annotated[list[str], BeforeValidator(_clean_tags)]
"""A comma-separated line or a list; lower case, each once, at most twelve."""
