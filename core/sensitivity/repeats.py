"""How many steps a regular expression can take at one place of a text, at most: what bounds its time.

The engine of the standard library tries one way after the other. When their number is bounded, a search takes time
proportional to the text, whoever wrote the text and whoever wrote the pattern.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

MOST_STEPS = 6_000
"""What a pattern may take. `[0-9]{4,8}-?[0-9]{1,5}` takes at most 68."""
LONGEST = 200
"""What one repeat may run over."""
_MANY = 10**12


@dataclass(frozen=True, slots=True)
class _Bound:
    """Upper bounds of one piece: ways to leave it, each of which may be tried, and steps within."""

    ways: int = 1
    steps: int = 1


def count_steps(expression: str | re.Pattern[str]) -> int:
    """The upper bound for an expression. Raises re.error for what is none."""
    if isinstance(expression, str):
        return _of_all(_parser.parse(expression)).steps
    return _of_all(_parser.parse(expression.pattern, expression.flags & ~re.UNICODE)).steps


def _of_all(items: Iterable[Any]) -> _Bound:
    ways, steps = 1, 0
    for item in items:
        one = _of_one(*item)
        steps = min(_MANY, steps + ways * one.steps)
        ways = min(_MANY, ways * one.ways)
    return _Bound(ways, max(1, steps))


def _of_one(code: object, argument: Any) -> _Bound:
    if code in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
        return _of_repeat(*argument, is_final=code is _constants.POSSESSIVE_REPEAT)
    if code is _constants.BRANCH:
        branches = [_of_all(branch) for branch in argument[1]]
        return _Bound(sum(one.ways for one in branches), sum(one.steps for one in branches))
    if code is _constants.SUBPATTERN:
        return _of_all(argument[3])
    if code is _constants.ATOMIC_GROUP:
        return _Bound(1, _of_all(argument).steps)
    if code in (_constants.ASSERT, _constants.ASSERT_NOT):
        return _Bound(1, _of_all(argument[1]).steps)
    if code is _constants.GROUPREF_EXISTS:
        return _Bound(_MANY, _MANY)
    return _Bound()


def _of_repeat(least: int, most: int, items: Iterable[Any], *, is_final: bool) -> _Bound:
    if most > LONGEST:
        return _Bound(_MANY, _MANY)
    one = _of_all(items)
    if is_final and (one.ways == 1 or not least):
        # A round that was passed is not gone back into: rounds add up, and there is one way to leave.
        return _Bound(1, max(1, most * one.steps))
    if one.ways == 1:
        return _Bound(most - least + 1, max(1, most * one.steps))
    ways = min(_MANY, sum(one.ways**rounds for rounds in range(least, most + 1)))
    return _Bound(1 if is_final else ways, min(_MANY, max(1, most * one.steps * ways)))
