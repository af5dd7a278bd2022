"""Errors as responses: one table from domain errors to HTTP, and one page, fragment or JSON shape for all of them."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError

from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from core.markup import MAX_SOURCE
from webapp.runtime import current_runtime
from webapp.wording.language import said

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """How one sort of error is told."""

    status: int
    code: str
    title: str | LazyString
    hint: str | LazyString = ""


DOMAIN: dict[type[DomainError], Problem] = {
    NotFound: Problem(404, "not_found", _l("Nothing here"), _l("It may have been withdrawn. Try a search.")),
    Forbidden: Problem(
        403, "forbidden", _l("Not allowed"), _l("If you think that you should be able to do this, ask your librarian.")
    ),
    Conflict: Problem(
        409,
        "conflict",
        _l("Somebody was faster"),
        _l("Nothing was changed. Look at the page as it is now, then try again."),
    ),
    Invalid: Problem(422, "invalid", _l("Something does not fit"), _l("Nothing was saved. Go back and try again.")),
    Unavailable: Problem(
        503, "unavailable", _l("Out of order for a moment"), _l("The rest of the site may work. Please try again soon.")
    ),
}
HTTP: dict[int, Problem] = {
    400: Problem(400, "bad_request", _l("The request was not understood")),
    404: Problem(404, "not_found", _l("Nothing here"), _l("Check the address, or try a search.")),
    405: Problem(405, "method_not_allowed", _l("Not this way"), _l("This address does not take this kind of request.")),
    413: Problem(413, "too_large", _l("Too large"), _l("Go back and choose something smaller.")),
    429: Problem(429, "too_many", _l("Too many attempts"), _l("Please wait a little, then try again.")),
    500: Problem(
        500, "internal", _l("Something broke"), _l("It was noted. If it happens again, tell the administrator.")
    ),
}
CSRF = Problem(
    400,
    "csrf",
    _l("This form is no longer valid"),
    _l("You may have signed in or out in another window. Go back to the form and send it again."),
)
UNKNOWN = Problem(400, "error", _l("That did not work"))


Answer = TypeVar("Answer", bound=Response | HTTPException)
BARE = """<!doctype html>
<html lang="en" dir="ltr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{phrase}</title>
<h1>{status} {phrase}</h1>
<p>The server could not do what was asked.</p>
</html>
"""
ROOM = 4 << 20
"""A body that is too large by more than this is left alone: the proxy refuses it itself (`deploy/nginx.conf`)."""
PIECE = 1 << 16


def register_errors(app: Flask) -> None:
    """Answer every error with our own page, fragment or JSON. To be registered before whatever looks at a request."""
    app.before_request(_refuse_without_address)
    app.register_error_handler(DomainError, _whatever_happens(_on_domain_error))
    app.register_error_handler(CSRFError, _whatever_happens(_on_csrf_error))
    app.register_error_handler(HTTPException, _whatever_happens(_on_http_error))


def problem_of(error: DomainError) -> Problem:
    """The table's row for a domain error."""
    return next(problem for kind, problem in DOMAIN.items() if isinstance(error, kind))


def respond(
    problem: Problem, message: str, *, fields: dict[str, str] | None = None, status: int | None = None
) -> Response:
    """The error as the client can use it: JSON, a fragment for htmx, or a page."""
    message, fields = said(message), {name: said(text) for name, text in (fields or {}).items()}
    if _wants_json():
        error = {"code": problem.code, "message": message, "fields": fields}
        response = jsonify({"error": error})
    else:
        is_fragment = request.headers.get("HX-Request") == "true"
        template = "errors/_fragment.html" if is_fragment else "errors/page.html"
        response = make_response(render_template(template, problem=problem, message=message, fields=fields))
    response.status_code = status or problem.status
    return response


def bare(status: int) -> Response:
    """An error without the frame of our pages: needs no routes, session, database, template or translation."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    if request.path.startswith("/api/"):
        text, kind = f'{{"error": {{"code": "error", "message": "{phrase}", "fields": {{}}}}}}', "application/json"
    else:
        text, kind = BARE.format(status=status, phrase=phrase), "text/html"
    return Response(text, status, mimetype=kind)


def _refuse_without_address() -> Response | None:
    """A request whose host is no host has no routes, so that nothing can be found and no link be written."""
    return bare(400) if isinstance(request.routing_exception, BadRequest) else None


def _whatever_happens(handler: Callable[[Any], Answer]) -> Callable[[Any], Answer | Response]:
    """The handler's answer, or a bare one if it fails: what broke the request may break its page as well."""

    def answer(error: Any) -> Answer | Response:
        try:
            return handler(error)
        except Exception:
            log.exception("the page of an error could not be made")
            return bare(problem_of(error).status if isinstance(error, DomainError) else error.code or 500)

    return answer


def _on_domain_error(error: DomainError) -> Response:
    problem = problem_of(error)
    if isinstance(error, Unavailable):
        log.warning("unavailable: %s", error.message)
    response = respond(problem, error.message, fields=error.fields if isinstance(error, Invalid) else None)
    if problem.status == 503:
        response.headers["Retry-After"] = "30"
    return response


def _on_csrf_error(_error: CSRFError) -> Response:
    return respond(CSRF, _("Nothing was saved."))


def _on_http_error(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    if error.code == 413:
        _take_the_rest()
    problem = HTTP.get(error.code, UNKNOWN)
    response = respond(problem, _message(error), status=error.code)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _message(error: HTTPException) -> str:
    if isinstance(error, InternalServerError):
        reference = secrets.token_hex(4)
        log.error("error %s", reference, exc_info=error.original_exception or error)
        text = _("An unexpected error happened. Its reference is %(reference)s.", reference=reference)
    elif error.code == 413:
        text = _too_large()
    elif error.code == 404:
        text = _("There is nothing here that you can see.")
    else:
        text = _("The server could not do what was asked.")
    return str(text)


def _take_the_rest() -> None:
    """Read what a refused body still has: a proxy that is sending it takes a connection closed meanwhile for an outage."""
    length = request.content_length or 0
    if length <= (request.max_content_length or 0) + ROOM:
        while length > 0 and (piece := request.environ["wsgi.input"].read(min(length, PIECE))):
            length -= len(piece)


def _too_large() -> str:
    """A file, or a text: a body that is short enough for a file was refused for its texts."""
    if request.mimetype == "multipart/form-data" and (request.content_length or 0) > (request.max_content_length or 0):
        return str(_("What you sent is larger than %(limit)s MB.", limit=current_runtime().settings.upload_mb))
    return str(_("A text in this form is longer than the %(limit)s characters that a record takes.", limit=MAX_SOURCE))


def _wants_json() -> bool:
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"]
