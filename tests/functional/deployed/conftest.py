"""What docker-compose.yml describes, run as processes once for all tests here. Each leaves it running as it found it."""

import faulthandler
import importlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.functional.house import Site
from tests.functional.processes import Person

SCRIPTS = Path(__file__).parents[3] / "scripts"


def script(name: str) -> ModuleType:
    """A module of scripts/, which import each other by their bare names."""
    sys.path.insert(0, str(SCRIPTS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(SCRIPTS))


@pytest.fixture(scope="session")
def natively() -> ModuleType:
    return script("compose_natively")


@dataclass
class Deployed(Site):
    """The site behind the proxy, with an officer and a librarian who got their accounts as README says."""

    stack: Any

    @property
    def address(self) -> str:
        return str(self.stack.address)

    def ipcu(self, *words: str) -> str:
        """A command beside web; what it printed."""
        done = self.stack.run("web", "ipcu", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    def move_in(self) -> "Deployed":
        self.ipcu("organisation", "add", "cid", "--name", "Criminal Investigation", "--kind", "police")
        self.organisation = 1
        self.officer, self.librarian = (self._person(*who) for who in (("amina", "officer"), ("karim", "librarian")))
        return self

    def _person(self, name: str, role: str) -> Person:
        address = f"{name}@exchange.example"
        added = self.ipcu("user", "add", address, "--name", name.title(), "--organisation", "cid", "--role", role)
        password = added.split()[-1]
        person, chosen = Person(self.stack.certificate).sign_in(self, address, password), "a phrase of my own"
        fields = {"current": password, "new": chosen, "again": chosen}
        assert person.post(self, "/account/password", fields, page="/account/password").status == 200
        return person

    def finds(self, words: str, title: str) -> bool:
        return self.officer.finds(self, words, title)


@pytest.fixture(scope="module")
def deployed(natively: ModuleType) -> Iterator[Deployed]:
    # Three processes that load the model take longer than a test may on a busy machine; the stack has limits of its own.
    faulthandler.cancel_dump_traceback_later()
    with natively.Stack(os.environ["IPCU_TEST_OPENSEARCH_URL"]) as stack:
        stack.up()
        yield Deployed(stack).move_in()


@pytest.fixture(autouse=True)
def _nothing_ends_by_itself(request: pytest.FixtureRequest) -> Iterator[None]:
    if "deployed" not in request.fixturenames:
        yield
        return
    stack = request.getfixturevalue("deployed").stack
    yield
    ended = [name for name, process in stack.processes.items() if process.poll() is not None]
    assert not ended, "\n".join(f"{name} ended by itself:\n{stack.log(name)}" for name in ended)
