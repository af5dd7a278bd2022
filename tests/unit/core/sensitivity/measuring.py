"""Precision and recall on the labelled sentences of `cases.toml`."""

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from core.sensitivity import DEFAULT, Finding, find

CASES: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "cases.toml").read_text("utf-8"))
LABELLED = re.compile(r"⟦([a-z_]+):(.*?)⟧", re.DOTALL)
OVERLAP = 0.6
"""Share of characters in common from which two stretches are the same item."""


@dataclass
class Score:
    """How many of each kind were found rightly, found wrongly, and missed."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    def precision(self, kind: str = "") -> float:
        right, wrong = self._sum(self.right, kind), self._sum(self.wrong, kind)
        return right / (right + wrong) if right + wrong else 1.0

    def recall(self, kind: str = "") -> float:
        right, missed = self._sum(self.right, kind), self._sum(self.missed, kind)
        return right / (right + missed) if right + missed else 1.0

    def labelled(self, kind: str = "") -> int:
        return self._sum(self.right, kind) + self._sum(self.missed, kind)

    @staticmethod
    def _sum(counts: Counter[str], kind: str) -> int:
        return counts[kind] if kind else counts.total()


def unlabelled(case: str) -> tuple[str, list[Finding]]:
    """The sentence itself, and what must be found in it."""
    pieces, wanted, done, length = [], [], 0, 0
    for label in LABELLED.finditer(case):
        pieces += [case[done : label.start()], label[2]]
        start = length + label.start() - done
        length = start + len(label[2])
        wanted.append(Finding(label[1], start, length, label[2]))
        done = label.end()
    return "".join([*pieces, case[done:]]), wanted


def is_same(one: Finding, other: Finding) -> bool:
    common = min(one.end, other.end) - max(one.start, other.start)
    return one.kind == other.kind and common / (max(one.end, other.end) - min(one.start, other.start)) >= OVERLAP


def measure(half: str) -> Score:
    """The score of one half of the sentences: `tuning` or `held`."""
    score = Score()
    for case in CASES[half]:
        text, wanted = unlabelled(case)
        found = find(text, DEFAULT)
        for one in found:
            is_right = any(is_same(one, other) for other in wanted)
            (score.right if is_right else score.wrong)[one.kind] += 1
            if not is_right:
                score.remarks.append(f"wrong {one.kind} {one.text!r} in {text!r}")
        for one in wanted:
            if not any(is_same(one, other) for other in found):
                score.missed[one.kind] += 1
                score.remarks.append(f"missed {one.kind} {one.text!r} in {text!r}")
    return score


def table() -> str:
    """The scores as the table of docs/sensitivity.md."""
    scores = {half: measure(half) for half in CASES}
    kinds = sorted({kind for score in scores.values() for kind in (score.right | score.missed | score.wrong)})
    heads = " | ".join(f"{half}: items | precision | recall" for half in scores)
    lines = [f"| kind | {heads} |", "|---" * (1 + 3 * len(scores)) + "|"]
    for kind in [*kinds, ""]:
        cells = [
            f"{score.labelled(kind)} | {score.precision(kind):.3f} | {score.recall(kind):.3f}"
            for score in scores.values()
        ]
        lines.append(f"| {kind or 'all'} | {' | '.join(cells)} |")
    return "\n".join(lines)
