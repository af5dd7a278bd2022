"""The only room that speaks HTTP: app factory, composition root, blueprints, templates, command line. May import everything."""

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """The version of the product."""
    try:
        return version("ipcu-knowledge-exchange")
    except PackageNotFoundError:
        # Run from its source, without having been installed.
        return "unknown"
