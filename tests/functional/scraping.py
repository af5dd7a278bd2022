"""What Prometheus reads of /metrics."""

from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a token of a test, without spaces".replace(" ", "-")
LET_IN = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Numbers:
    """One page."""

    text: str
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float]

    @classmethod
    def parse(cls, text: str) -> "Numbers":
        """Fails for what is not the format, and for a sample that is there twice."""
        samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                key = (one.name, tuple(sorted(one.labels.items())))
                assert key not in samples, key
                samples[key] = one.value
        return cls(text, samples)

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels, whatever others they have; 0 when there are none."""
        return sum(
            value for (one, has), value in self.samples.items() if one == name and labels.items() <= dict(has).items()
        )

    def values(self, name: str, label: str) -> set[str]:
        """What the label of one metric is."""
        return {dict(has)[label] for one, has in self.samples if one == name and label in dict(has)}

    def labels(self) -> set[tuple[str, str]]:
        """Every label and value on the page."""
        return {pair for _, has in self.samples for pair in has}


def scrape(client: FlaskClient) -> Numbers:
    answer = client.get("/metrics", headers=LET_IN)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return Numbers.parse(answer.text)


def scrape_port(port: int) -> Numbers:
    """The page of a process."""
    request = Request(f"http://127.0.0.1:{port}/metrics", headers=LET_IN)
    with urlopen(request, timeout=30) as answer:
        return Numbers.parse(answer.read().decode())


def status_at(port: int, headers: dict[str, str]) -> int:
    """What somebody with other headers gets."""
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}/metrics", headers=headers), timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
