"""Reading the environment, and the signing key."""

import os
import re
import secrets
from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import ValidationError

from core.settings.model import Settings
from core.settings.sources import FROM_FILE, PREFIX, SettingsError

_OTHERS = re.compile(r"IPCU_(TEST_.+|TORCH)$")
"""Read by the tests and the set-up, not here."""


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError with one line per wrong variable, and for each that is nobody's."""
    if strange := _strange_names(os.environ):
        raise SettingsError("\n".join(strange))
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            said = str(problem["msg"]).removeprefix("Value error, ")
            lines.append(f"IPCU_{name}: {said}" if name else said)
        raise SettingsError("\n".join(lines)) from error


def _strange_names(environment: Iterable[str]) -> list[str]:
    """A line for each variable that looks like a setting and is none: mistyped, it would leave the default in force."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    ours = [name for name in environment if name.upper().startswith(PREFIX) and not _OTHERS.match(name)]
    lines = []
    for name in sorted(ours):
        plain = name.upper()
        if plain in known or plain.removesuffix(FROM_FILE) in known:
            continue
        is_file = plain.endswith(FROM_FILE)
        near = get_close_matches(plain.removesuffix(FROM_FILE), sorted(known), n=1)
        hint = f" Do you mean {near[0]}{FROM_FILE if is_file else ''}?" if near else ""
        lines.append(f"{name} is no setting of this program.{hint} README lists them all.")
    return lines


def secret_key(settings: Settings) -> str:
    """The signing key: the setting, or one made on first use and kept in the data directory with mode 600."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given
    path = settings.data_dir / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = secrets.token_urlsafe(48)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    temporary.touch(mode=0o600)
    temporary.write_text(fresh)
    try:
        # A hard link fails when the name exists, so of two first starts exactly one key wins, whole.
        path.hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text().strip()
