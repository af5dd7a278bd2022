"""All settings, read from the environment (prefix `IPCU_`) once. Nothing else in the project reads the environment."""

from core.settings.loading import load_settings as load_settings
from core.settings.loading import secret_key as secret_key
from core.settings.model import UPLOAD_TYPES as UPLOAD_TYPES
from core.settings.model import Settings as Settings
from core.settings.sources import FROM_FILE as FROM_FILE
from core.settings.sources import SettingsError as SettingsError
