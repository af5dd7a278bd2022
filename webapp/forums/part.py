"""How the forums are registered with the house."""

from flask_babel import lazy_gettext as _
from sqlmodel import Session

from core.access import Viewer
from core.content import ContentRef
from core.taxonomy import TOPICS
from forums.kinds import KIND_LABELS, REASON_LABELS, STATUS_LABELS
from forums.models import CATEGORY, KIND, POST, categories, moderation, posts, reading, threads
from forums.queries import posts as post_queries
from forums.queries import threads as thread_queries
from forums.queries.categories import find_category_titles
from forums.service import renew_audiences
from forums.service.cases import CASE
from forums.source import ThreadSource
from webapp.forums.commands import forums
from webapp.forums.demo import load_threads
from webapp.forums.showing import function_label, rows_of
from webapp.forums.views import answering, managing, moderating, writing
from webapp.forums.views import reading as reading_views
from webapp.part import Address, HomePanel, NavigationItem, Part, Related


def _news(session: Session, viewer: Viewer) -> dict[str, object]:
    return {
        "active": rows_of(session, viewer, thread_queries.list_recent(session, viewer, 6)),
        "questions": rows_of(session, viewer, thread_queries.list_open_questions(session, viewer, 4)),
    }


def _discussion(session: Session, viewer: Viewer, ref: ContentRef) -> dict[str, object]:
    return {"ref": ref, "rows": rows_of(session, viewer, thread_queries.list_about(session, viewer, ref))}


FORUMS = Part(
    name="forums",
    blueprints=(
        reading_views.blueprint,
        writing.blueprint,
        answering.blueprint,
        moderating.blueprint,
        managing.blueprint,
    ),
    models=(categories, threads, posts, reading, moderation),
    sources=lambda clock: (ThreadSource(clock),),
    addresses={
        KIND: Address("forums.show", "thread_id"),
        POST: Address("forums.find_post", "post_id"),
        CASE: Address("forum_moderation.own", anchor="case"),
    },
    titles={
        KIND: thread_queries.find_titles,
        POST: post_queries.find_post_titles,
        CATEGORY: find_category_titles,
    },
    badges={KIND: "forums/_badges.html"},
    icons={KIND: "chat-left-text"},
    values={
        "kind": {kind.value: label for kind, label in KIND_LABELS.items()},
        "status": STATUS_LABELS,
    },
    aliases={"kind": {"thread": "discussion"}},
    notices={
        "post.replied": _("Somebody answered in your thread."),
        "post.mentioned": _("Somebody calls you in a thread."),
        "post.held": _("A post waits for a moderator."),
        "post.released": _("Your post is shown now."),
        "post.removed": _("Your post was removed. The reason stands in its place."),
        "post.restored": _("Your post is back."),
        "answer.accepted": _("Your answer solved the question."),
        "thread.removed": _("Your thread was removed."),
        "thread.moved": _("Your thread was moved to another category."),
        "thread.merged": _("Your post stands in another thread now."),
        "case.decided": _("A moderator decided about a flagged post."),
        "case.closed": _("Another moderator decided the appeal."),
    },
    navigation=(
        NavigationItem(
            "forums.home",
            _("Forums"),
            "chat-left-text",
            same_place=("forums.category", "forums.show", "forums.new", "forums.unread", "forums.mine"),
        ),
    ),
    panels=(HomePanel("forums/_panel.html", _news),),
    related=(Related("forums/_related.html", _discussion),),
    commands=(forums,),
    globals={"function_label": function_label, "flag_reasons": REASON_LABELS, "all_topics": TOPICS.copy},
    demo=load_threads,
    renew_audiences=renew_audiences,
)
