"""What of a document is shown: its best passages (`best`) and snippets with the terms marked (`snippets`)."""

from search.highlight.best import best_passage, best_passages, coverage, largest_share, quick_score
from search.highlight.snippets import Segment, Snippet, highlight, mark_all
from search.highlight.terms import HighlightTerms

__all__ = [
    "HighlightTerms",
    "Segment",
    "Snippet",
    "best_passage",
    "best_passages",
    "coverage",
    "highlight",
    "largest_share",
    "mark_all",
    "quick_score",
]
