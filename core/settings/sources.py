"""Where settings come from beside the environment: files that it names."""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "IPCU_"
FROM_FILE = "_FILE"
"""Behind the name of any setting: the file that holds its value. So secrets stay out of the environment."""


class SettingsError(Exception):
    """The environment does not describe a system that can run; the message says which variable and why."""


class Files(PydanticBaseSettingsSource):
    """Values kept in files, as container engines hand out secrets: `IPCU_SECRET_KEY_FILE` names the file of one."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """What the file holds, without white space around it; None when no file is named."""
        name = f"{PREFIX}{field_name.upper()}"
        path = os.environ.get(name + FROM_FILE, "")
        if not path:
            return None, field_name, False
        if os.environ.get(name):
            raise SettingsError(f"{name} and {name}{FROM_FILE} are both set; set one of the two")
        try:
            value = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise SettingsError(f"{name}{FROM_FILE} names {path}, which cannot be read: {reason}") from error
        if not value:
            # Whoever names a file means it to hold something; without this a secret that got lost would be no secret.
            raise SettingsError(f"{name}{FROM_FILE} names {path}, which is empty")
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings that come from files."""
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
