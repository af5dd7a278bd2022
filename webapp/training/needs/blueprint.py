"""The blueprint that all pages of needs and rounds hang on."""

from flask import Blueprint

blueprint = Blueprint("needs", __name__, template_folder="templates")
