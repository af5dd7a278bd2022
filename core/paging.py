"""Pages of a list."""

from dataclasses import dataclass

MAX_SIZE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Which stretch of a list is wanted: 1-based number and size."""

    number: int = 1
    size: int = 10

    @property
    def offset(self) -> int:
        """Index of the first item."""
        return (self.number - 1) * self.size

    def count(self, total: int) -> int:
        """Number of pages a list of `total` items has, at least 1."""
        return max(1, -(-total // self.size))

    @classmethod
    def parse(cls, number: str | None, size: int = 10, last: int = 10_000) -> "Page":
        """From a query string: anything that is no page number is the first page."""
        value = int(number) if number and number.isascii() and number.isdigit() and len(number) < 7 else 1
        return cls(min(max(value, 1), last), min(max(size, 1), MAX_SIZE))
