"""Views of needs and rounds; importing them hangs them on the blueprint."""

from webapp.training.needs.blueprint import blueprint
from webapp.training.needs.views import gathering, need, register, rounds

__all__ = ["blueprint", "gathering", "need", "register", "rounds"]
