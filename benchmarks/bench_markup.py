"""How long it takes to render a text: by its size, and of every construct a million characters.

python -m benchmarks.bench_markup
"""

from benchmarks.constructs import CONSTRUCTS, text_of
from benchmarks.measuring import milliseconds, shown, table
from core.markup import MAX_SOURCE, TooLarge, render, sections

PROSE = "Some words of a paragraph, *with* marks and [a link](https://a.example/x),\nand so on until it ends.\n\n"
ROWS = "|a|b|\n|-|-|\n"
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ROUNDS = 3


def rendered(source: str) -> str:
    """Characters of HTML, or that the text is refused."""
    try:
        return f"{len(render(source).html):,}"
    except TooLarge:
        return "refused"


def best(source: str) -> float:
    """Milliseconds of the fastest of some renderings."""
    return min(milliseconds(lambda: rendered(source)) for _ in range(ROUNDS))


def by_size() -> list[list[object]]:
    """Rows of the first table."""
    rows = list[list[object]]()
    for size in SIZES:
        texts = (PROSE * (size // len(PROSE)), ROWS + "|a|b|\n" * (size // 6), "word " * (size // 5))
        rows.append([f"{size:,}", *(f"{shown(best(text))} ({rendered(text)})" for text in texts)])
    return rows


def by_construct() -> list[list[object]]:
    """Rows of the second table, the slowest first."""
    found = list[tuple[float, list[object]]]()
    for name, construct in CONSTRUCTS.items():
        text = text_of(construct, MAX_SOURCE)[:MAX_SOURCE]
        took = milliseconds(lambda text=text: rendered(text))  # type: ignore[misc]
        found.append((took, [name, shown(took), rendered(text), shown(milliseconds(lambda text=text: sections(text)))]))  # type: ignore[misc]
    return [row for _, row in sorted(found, key=lambda pair: -pair[0])]


def main() -> None:
    """Print the tables."""
    table(["characters", "prose with marks and links", "rows of a table", "words alone"], by_size())
    print()
    table(["a million characters of", "rendering, ms", "characters of HTML", "sections, ms"], by_construct())


if __name__ == "__main__":
    main()
