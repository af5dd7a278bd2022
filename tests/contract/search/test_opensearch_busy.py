"""A server that says when to come back is not asked before; one that says `later` is left to the next round."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core.errors import Unavailable
from search.engine import EngineQuery
from search.engines.opensearch import Access, Client, OpenSearchEngine
from search.engines.opensearch.client import retry_after
from tests.contract.search.conftest import cluster_access
from tests.contract.search.engine_model import MEMBER, RECIPE, document
from tests.contract.search.faults import BUSY, Answer, Faulty


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("", 0.0), ("soon", 0.0), ("-4", 0.0), ("nan", 0.0), ("9999999", 60.0)],
)
def test_the_header_is_read_as_seconds(said: str, seconds: float) -> None:
    assert retry_after(said) == seconds


def test_the_header_is_read_as_a_moment() -> None:
    now = datetime.now(UTC)
    assert 25 <= retry_after(format_datetime(now + timedelta(seconds=30), usegmt=True)) <= 30
    assert retry_after(format_datetime(now - timedelta(hours=1), usegmt=True)) == 0.0


class Patient:
    """An engine whose waits are noted instead of waited."""

    def __init__(self, url: str, prefix: str) -> None:
        self.waits: list[float] = []
        access = Access((url,), timeout=30)
        client = Client(access, pause=self.waits.append)
        self.engine = OpenSearchEngine(access, recipe=RECIPE, prefix=prefix, client=client)


@pytest.fixture
def server() -> Iterator[Faulty]:
    with Faulty(cluster_access().urls[0]) as faulty:
        yield faulty


@pytest.fixture
def patient(server: Faulty, prefix: str) -> Iterator[Patient]:
    one = Patient(server.url, prefix)
    one.engine.write([document(1)])
    yield one
    one.engine.close()


@pytest.mark.opensearch
def test_a_write_waits_as_long_as_it_is_told(server: Faulty, patient: Patient) -> None:
    busy = [BUSY, BUSY]

    def fault(method: str, path: str, body: bytes) -> Answer | None:
        return busy.pop() if "_bulk" in path and busy else None

    server.fault, server.retry_after = fault, "7"
    assert patient.engine.write([document(2)]).written
    assert len(patient.waits) == 2
    assert all(7 <= wait <= 10 for wait in patient.waits)


@pytest.mark.opensearch
def test_a_write_that_must_wait_long_is_given_back(server: Faulty, patient: Patient) -> None:
    server.fault, server.retry_after = (lambda method, path, body: BUSY if "_bulk" in path else None), "45"
    with pytest.raises(Unavailable, match="tried again"):
        patient.engine.write([document(2)])
    assert patient.waits == []


@pytest.mark.opensearch
def test_a_person_does_not_wait_for_a_server_that_asks_for_long(server: Faulty, patient: Patient) -> None:
    patient.engine.run(EngineQuery(MEMBER))
    server.fault, server.retry_after = (lambda *_: BUSY), "20"
    server.requests.clear()
    with pytest.raises(Unavailable, match="overloaded"):
        patient.engine.run(EngineQuery(MEMBER))
    assert (patient.waits, len(server.requests)) == ([], 1)
