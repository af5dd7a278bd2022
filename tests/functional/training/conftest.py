"""People of a round and of needs, and what they type."""

from collections.abc import Callable

import pytest

from core.people import Role
from tests.functional.pages import Visitor

NEED = {
    "title": "Flying a drone at night",
    "statement": "Search crews cannot use the thermal camera after dark and lose the first hours.",
    "topic": "drones",
    "rank_band": "junior",
    "officers": "14",
    "level_now": "1",
    "level_wanted": "3",
    "urgency": "5",
    "cause": "skill",
    "language": "en",
    "marking": "GREEN",
}


@pytest.fixture
def officer(enter) -> Visitor:
    return enter("amina")


@pytest.fixture
def focal(enter) -> Visitor:
    return enter("bilal", Role.FOCAL_POINT)


@pytest.fixture
def staff(enter) -> Visitor:
    return enter("saira", Role.IPCU_STAFF, organisation="unit")


@pytest.fixture
def propose(officer) -> Callable[..., str]:
    """The address of a new draft by the officer."""

    def write(**changes: str) -> str:
        answer = officer.post(
            "/needs/new", **{**NEED, "organisation_id": str(officer.viewer.organisation_id), **changes}
        )
        assert answer.status == 303, answer.texts(".field-error")
        return answer.headers["Location"]

    return write
