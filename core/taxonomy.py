"""Controlled vocabularies: topics (two levels), countries, languages. Labels are English; webapp translates them."""

import re
from functools import cache

from babel import Locale

from core.errors import InvalidValue

TOPICS: dict[str, dict[str, str]] = {
    "emerging-technologies": {
        "digital-forensics": "Digital forensics",
        "artificial-intelligence": "Artificial intelligence",
        "drones": "Drones",
        "body-worn-video": "Body-worn video",
        "open-source-intelligence": "Open-source intelligence",
        "virtual-assets": "Virtual assets",
    },
    "investigative-techniques": {
        "interviewing": "Interviewing",
        "financial-investigation": "Financial investigation",
        "crime-scene": "Crime scene",
        "intelligence-analysis": "Intelligence analysis",
        "human-trafficking": "Human trafficking",
        "cybercrime": "Cybercrime",
        "document-fraud": "Document fraud",
        "narcotics": "Narcotics",
        "witness-protection": "Witness protection",
    },
    "community-engagement": {
        "community-policing": "Community policing",
        "youth": "Young people",
        "gender-based-violence": "Gender-based violence",
        "hate-crime": "Hate crime",
        "school-safety": "School safety",
        "road-safety": "Road safety",
    },
    "crisis-response": {
        "public-order": "Public order",
        "mass-casualty": "Mass casualty",
        "disaster": "Disaster",
        "hostage-negotiation": "Hostage negotiation",
        "counter-terrorism-response": "Counter-terrorism response",
        "missing-persons": "Missing persons",
    },
    "cross-cutting": {
        "human-rights": "Human rights",
        "data-protection": "Data protection",
        "officer-wellbeing": "Officer well-being",
        "international-cooperation": "International cooperation",
        "leadership": "Leadership",
        "ethics": "Ethics",
    },
}
"""Area to its topics. The first four areas are those of the unit's function 4."""

AREA_LABELS = {
    "emerging-technologies": "Emerging technologies",
    "investigative-techniques": "Investigative techniques",
    "community-engagement": "Community engagement",
    "crisis-response": "Crisis response",
    "cross-cutting": "Cross-cutting",
}

LANGUAGES = ("en", "ur", "ar", "fa", "fr", "es", "de", "tr", "ru", "zh")
TAG = re.compile(r"[^\W_][\w+./ -]{0,39}")
MAX_TAGS = 12


@cache
def topic_labels() -> dict[str, str]:
    """Label of every area and topic by its slug."""
    labels = dict(AREA_LABELS)
    for topics in TOPICS.values():
        labels.update(topics)
    return labels


def is_topic(slug: str) -> bool:
    """True for a second-level topic."""
    return any(slug in topics for topics in TOPICS.values())


def area_of(topic: str) -> str:
    """The area a topic belongs to; empty for an unknown one."""
    return next((area for area, topics in TOPICS.items() if topic in topics), "")


_NO_COUNTRIES = frozenset({"EZ", "QO", "XA", "XB", "ZZ"})


@cache
def country_names() -> dict[str, str]:
    """English names by ISO 3166 alpha-2 code (Unicode CLDR), without CLDR's codes for its own tests and groupings."""
    names = {str(code): str(name) for code, name in Locale("en").territories.items()}
    return {code: names[code] for code in sorted(names) if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES}


@cache
def language_names() -> dict[str, str]:
    """English names of the offered languages by ISO 639 code (Unicode CLDR)."""
    names = Locale("en").languages
    return {code: str(names[code]) for code in LANGUAGES}


def clean_tags(text: str) -> list[str]:
    """Tags of a comma-separated line: lower case, no doubles, at most twelve. Raises InvalidValue naming a bad one."""
    tags: list[str] = []
    for part in text.split(","):
        tag = " ".join(part.split()).casefold()
        if not tag or tag in tags:
            continue
        if not TAG.fullmatch(tag):
            raise InvalidValue(
                "“%(tag)s” is not a usable tag: letters and digits, at most 40 characters.", tag=tag[:40]
            )
        tags.append(tag)
    if len(tags) > MAX_TAGS:
        raise InvalidValue("At most %(count)s tags, please.", count=MAX_TAGS)
    return tags
