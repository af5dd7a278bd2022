"""From ranked lists to the figures that are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from core.content import ContentRef
from search.evaluation.bootstrap import Interval, paired_interval
from search.evaluation.collection import Judged
from search.evaluation.metrics import ndcg, recall, reciprocal_rank

Run = Mapping[str, Sequence[tuple[ContentRef, float]]]
"""Question id to `(document, score)`, best first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one system reaches over some questions. Shares are 0 to 1; a measure without questions is None."""

    questions: int
    ndcg10: float | None
    mrr10: float | None
    recall20: float | None
    wrongly_empty: float | None
    """Share of the answerable questions for which nothing was shown."""
    unanswerable: int
    rightly_empty: float | None
    """Share of the questions without an answer for which nothing was shown."""


def figures(run: Run, questions: Sequence[Judged]) -> Figures:
    """Means over the questions; one that is not in the run found nothing."""
    answerable = [one for one in questions if one.has_answer]
    others = [one for one in questions if not one.has_answer]
    return Figures(
        questions=len(answerable),
        ndcg10=_mean([ndcg(found(run, one), one.grades) for one in answerable]),
        mrr10=_mean([reciprocal_rank(found(run, one), one.grades) for one in answerable]),
        recall20=_mean([recall(found(run, one), one.grades) for one in answerable]),
        wrongly_empty=_mean([not found(run, one) for one in answerable]),
        unanswerable=len(others),
        rightly_empty=_mean([not found(run, one) for one in others]),
    )


def compare(first: Run, second: Run, questions: Sequence[Judged]) -> Interval | None:
    """Difference in nDCG@10 with its interval; None without answerable questions."""
    answerable = [one for one in questions if one.has_answer]
    if not answerable:
        return None
    return paired_interval(*([ndcg(found(run, one), one.grades) for one in answerable] for run in (first, second)))


def groups_of(questions: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Questions by group, in the order in which groups first appear."""
    groups: dict[str, list[Judged]] = {}
    for one in questions:
        groups.setdefault(one.group, []).append(one)
    return groups


def found(run: Run, question: Judged) -> list[ContentRef]:
    """The documents found for a question, best first."""
    return [document for document, _ in run.get(question.id, ())]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
