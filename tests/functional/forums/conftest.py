"""A category with people in it."""

from types import SimpleNamespace

import pytest

from core.people import Role
from tests import forums_factory as make


@pytest.fixture
def forum(world, enter):
    """An asker, an answerer of another body and a moderator, with one open category `phones`."""
    make.category(world, "phones")
    return SimpleNamespace(
        key="phones",
        asker=enter("amina"),
        answerer=enter("bilal", organisation="lab"),
        moderator=enter("karim", Role.MODERATOR, organisation="unit"),
    )
