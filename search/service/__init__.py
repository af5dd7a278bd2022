"""The way of a question: `question` reads it, `retrieval` asks the engine, `ranking` orders, `judgement` decides whether that answers
it, `page` shows; `hints`, `suggestions` and `similar` stand beside. `SearchService` is the only door.
"""

from search.service.service import SearchService

__all__ = ["SearchService"]
