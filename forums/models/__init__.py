"""Tables of the forums. Invariants only; rules are in `policy`, changes in `service`."""

from forums.models.categories import CATEGORY, Category, CategoryModerator, ThreadCount
from forums.models.moderation import Case, CaseState, Decision, Flag, FlagReason
from forums.models.posts import POST, Post, PostMention, PostQuote, PostRevision, PostState, PostThanks
from forums.models.reading import CategoryRead, PostDraft, Receipt, ThreadRead
from forums.models.threads import (
    KIND,
    Poll,
    PollOption,
    PollVote,
    Thread,
    ThreadKind,
    ThreadRecipient,
    ThreadState,
    ThreadTag,
    ThreadTopic,
)

__all__ = [
    "CATEGORY",
    "KIND",
    "POST",
    "Case",
    "CaseState",
    "Category",
    "CategoryModerator",
    "CategoryRead",
    "Decision",
    "Flag",
    "FlagReason",
    "Poll",
    "PollOption",
    "PollVote",
    "Post",
    "PostDraft",
    "PostMention",
    "PostQuote",
    "PostRevision",
    "PostState",
    "PostThanks",
    "Receipt",
    "Thread",
    "ThreadCount",
    "ThreadKind",
    "ThreadRead",
    "ThreadRecipient",
    "ThreadState",
    "ThreadTag",
    "ThreadTopic",
]
