"""The forums' forms: from a request, a stored row or a draft to the service's input, and back to the page with what was wrong."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flask_babel import gettext
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict

from core.access import Marking, Viewer
from core.errors import DomainError, Invalid
from core.people import Organisation, Role, User, list_organisations, list_spaces_of
from core.taxonomy import LANGUAGES, language_names
from forums import policy
from forums.drafts import CategoryDraft, PollDraft, ThreadDraft
from forums.kinds import FUNCTION_LABELS, KIND_LABELS
from forums.models import Category, ThreadKind
from forums.policy import Rights
from webapp.forms import parse_draft
from webapp.wording.i18n import ROLE_LABELS
from webapp.wording.vocabulary import language_label


def new_key() -> str:
    """What a form calls itself, so that sending it twice posts once."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in a form's fields, as text, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""
    preview_html: str = ""
    is_outdated: bool = False

    @classmethod
    def posted(cls, form: MultiDict[str, str], multiple: Iterable[str] = ()) -> "Form":
        """What the browser sent."""
        many = tuple(multiple)
        values = {name: form.get(name, "") for name in form if name not in (*many, "csrf_token")}
        return cls(values=values, lists={name: form.getlist(name) for name in many})

    def get(self, name: str) -> str:
        """A field's text."""
        return self.values.get(name, "")

    def failed(self, error: DomainError, **names: str) -> "Form":
        """The same form with what was wrong; `names`: what the form calls a draft's field differently."""
        errors = error.fields if isinstance(error, Invalid) else {}
        return replace(
            self, errors={names.get(name, name): text for name, text in errors.items()}, message=error.message
        )

    def with_values(self, **values: str) -> "Form":
        """The same form with other values."""
        return replace(self, values={**self.values, **values})


THREAD_LISTS = ("topics", "listed_organisations")
CATEGORY_LISTS = ("starters", "posters", "allowed_markings")


def thread_draft(form: Form, people: dict[str, int]) -> ThreadDraft:
    """The validated start of a thread. Raises Invalid with a message for each field."""
    raw: dict[str, object] = {**form.values, **form.lists}
    raw["named_users"] = _ids(form.get("named"), people, "named")
    for name in ("is_unnamed", "shows_rank"):
        raw[name] = bool(form.get(name))
    poll = None
    if form.get("poll_question").strip():
        poll = _poll(form)
    return parse_draft(ThreadDraft, {**raw, "poll": poll})


def _poll(form: Form) -> PollDraft:
    try:
        return parse_draft(
            PollDraft,
            {
                "question": form.get("poll_question"),
                "options": form.get("poll_options"),
                "is_multiple": bool(form.get("poll_multiple")),
            },
        )
    except Invalid as error:
        names = {"question": "poll_question", "options": "poll_options"}
        raise Invalid(error.message, {names.get(one, one): text for one, text in error.fields.items()}) from error


def category_draft(form: Form, people: dict[str, int]) -> CategoryDraft:
    """The validated category. Raises Invalid with a message for each field."""
    raw: dict[str, object] = {**form.values, **form.lists}
    raw["moderators"] = _ids(form.get("moderators"), people, "moderators")
    for name in ("is_premoderated", "is_announcements"):
        raw[name] = bool(form.get(name))
    return parse_draft(CategoryDraft, raw)


def category_form(category: Category, moderators: Iterable[User]) -> Form:
    """What a stored category says."""
    single = ("title", "key", "description", "held_posts", "default_marking", "slow_seconds", "revision")
    values = {name: str(getattr(category, name)) for name in single}
    values["space_id"] = str(category.space_id or "")
    values["moderators"] = ", ".join(one.email for one in moderators)
    for name in ("is_premoderated", "is_announcements"):
        values[name] = "1" if getattr(category, name) else ""
    return Form(values=values, lists={name: list(getattr(category, name)) for name in CATEGORY_LISTS})


def people_by_email(session: Session, text: str) -> dict[str, int]:
    """Ids of the active people whose addresses stand in a typed list."""
    rows = session.exec(select(User).where(col(User.email).in_(_addresses(text)), User.is_active))
    return {row.email: row.id for row in rows if row.id is not None}


def _addresses(text: str) -> list[str]:
    return [part.strip().casefold() for part in text.replace(";", ",").split(",") if part.strip()]


def _ids(text: str, people: dict[str, int], name: str) -> list[int]:
    unknown = [address for address in _addresses(text) if address not in people]
    if unknown:
        sentence = gettext("Nobody has the address %(address)s.", address=unknown[0])
        raise Invalid(gettext("One of the named persons is not known."), {name: sentence})
    return [people[address] for address in _addresses(text)]


@dataclass(frozen=True, slots=True)
class ThreadChoices:
    """What may be chosen for a new thread."""

    kinds: list[tuple[str, str]]
    markings: list[str]
    organisations: list[Organisation]
    languages: list[tuple[str, str]]
    functions: list[tuple[str, str]]
    default_marking: str
    may_hide_name: bool


def thread_choices(session: Session, rights: Rights, least: Marking | None = None) -> ThreadChoices:
    """Choices for this person in this category; nothing wider than `least`, the marking of what is discussed."""
    category = rights.category
    markings = [one for one in category.markings if least is None or one.strictness >= least.strictness]
    preset = Marking(category.default_marking)
    nameless = any(policy.can_ask_unnamed(rights, ThreadKind.QUESTION, one) for one in Marking)
    return ThreadChoices(
        kinds=[(kind.value, gettext(KIND_LABELS[kind])) for kind in ThreadKind if policy.can_start_kind(rights, kind)],
        markings=[one.value for one in markings],
        organisations=list_organisations(session),
        languages=[(code, language_label(code)) for code in language_names()],
        functions=[("", ""), *((key, gettext(label)) for key, label in FUNCTION_LABELS.items())],
        default_marking=(preset if preset in markings else markings[0] if markings else preset).value,
        may_hide_name=least is None and nameless and policy.can_start_kind(rights, ThreadKind.QUESTION),
    )


@dataclass(frozen=True, slots=True)
class CategoryChoices:
    """What may be chosen for a category."""

    spaces: list[tuple[str, str]]
    rules: list[tuple[str, str]]
    markings: list[str]


def category_choices(session: Session, viewer: Viewer) -> CategoryChoices:
    """Choices for this person."""
    roles = [(f"role:{role.value}", str(ROLE_LABELS[role])) for role in Role]
    bodies = [(f"org:{one.id}", one.name) for one in list_organisations(session)]
    spaces = [(str(one.id), one.name) for one in list_spaces_of(session, viewer.user_id)]
    return CategoryChoices(
        [("", gettext("Open to all members")), *spaces], roles + bodies, [one.value for one in Marking]
    )


def known_language(code: str) -> str:
    """A language that content can be in; English for any other."""
    return code if code in LANGUAGES else LANGUAGES[0]
