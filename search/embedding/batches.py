"""Which texts go through the model together."""

from collections.abc import Sequence

FEWEST_TOKENS = 512
"""Fewer are not worth a pass of their own."""


def batches(lengths: Sequence[int], most: int, at_once: int = 1) -> list[list[int]]:
    """The places of texts of so many tokens, each in one batch with others of similar length, the longest first.

    Padded to its longest text a batch has at most `most` tokens, but for one text alone; and fewer where `at_once` cores
    would not all have work otherwise.
    """
    most = min(most, max(FEWEST_TOKENS, -(-sum(lengths) // at_once)))
    found: list[list[int]] = []
    # Falling lengths: the first text of a batch is its width.
    for place in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if found and (len(found[-1]) + 1) * lengths[found[-1][0]] <= most:
            found[-1].append(place)
        else:
            found.append([place])
    return found
