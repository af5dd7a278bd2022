"""The blueprint of the calendar; each module of pages adds its own to it."""

from flask import Blueprint

blueprint = Blueprint("calendar", __name__, template_folder="templates")
