"""The public list of naughty strings, when the machine has it."""

import json
from pathlib import Path

import pytest

BLNS = Path(__file__).parents[3].parent / "shared" / "data" / "hostile" / "blns.json"


@pytest.fixture(scope="session")
def naughty() -> list[str]:
    """The big list of naughty strings, or a skip where it is not on the machine."""
    if not BLNS.exists():
        pytest.skip("the big list of naughty strings is not on this machine")
    return [str(each) for each in json.loads(BLNS.read_text(encoding="utf-8"))]
