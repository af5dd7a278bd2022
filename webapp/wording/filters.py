"""What templates may call: dates in the reader's language, highlighted text, labels."""

from urllib.parse import urlsplit

from flask import Flask, request, url_for
from markupsafe import Markup

from webapp.wording.language import day, moment, said
from webapp.wording.vocabulary import facet_label


def register_filters(app: Flask) -> None:
    """Make them known to the app's templates."""
    app.jinja_env.filters.update(day=day, moment=moment, marked=marked, said=said)
    app.jinja_env.globals.update(facet_label=facet_label, results_address=results_address)


def marked(html: str) -> Markup:
    """Output of `search.highlight`, which escapes first and adds nothing but `<mark>`."""
    return Markup(html)  # noqa: S704 - see above; the highlighter's property tests hold it to that


def results_address() -> str:
    """The result list this request came from, so that a record can lead back to the same place; empty otherwise."""
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    if came_from.netloc != request.host or came_from.path != url_for("search.results"):
        return ""
    return f"{came_from.path}?{came_from.query}"
