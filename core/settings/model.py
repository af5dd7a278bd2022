"""All settings, what each means, and which cannot go together."""

import re
import shlex
import shutil
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.exc import ArgumentError

from core.clock import zone_names
from core.db import Limits, address_of
from core.sensitivity import load_rules
from core.settings.sources import PREFIX, Files

MINIMUM_SECRET = 32
UPLOAD_TYPES = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/plain",
    "text/markdown",
    "text/html",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
)
"""Accepted unless the settings say otherwise: what is read for search, tables and pictures. No archives, no programs."""
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_TOKEN = re.compile(r"[!-~]{16,}")
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class Settings(BaseSettings):
    """One frozen set of settings. README lists each by its environment name; a test keeps the two equal."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_dir: Path = Path("var")
    """Where the database, the index, the files and the secret key live when nothing else is said."""
    database_url: str = ""
    """`postgresql://` or `sqlite:///`; empty means a SQLite file in the data directory."""
    database_password: SecretStr = SecretStr("")
    """Goes into `database_url`, which then needs none and can be shown."""
    database_pool: int = Field(default=10, ge=1, le=500)
    """Connections to PostgreSQL that a process keeps; the other settings of this group are PostgreSQL's too."""
    database_overflow: int = Field(default=10, ge=0, le=500)
    """Connections more, while all of those are in use."""
    database_pool_seconds: float = Field(default=10, gt=0, le=300)
    """Longest wait for a connection."""
    database_recycle_minutes: float = Field(default=30, gt=0)
    """Age at which a connection is replaced."""
    database_statement_seconds: float = Field(default=30, gt=0, le=3600)
    """Longest statement."""
    database_lock_seconds: float = Field(default=15, gt=0, le=3600)
    """Longest wait for another writer."""
    database_idle_seconds: float = Field(default=120, gt=0, le=3600)
    """How long a transaction may stand still before the server ends it."""
    secret_key: SecretStr = SecretStr("")
    """Signs sessions; empty means one is made once and kept in the data directory."""
    demo: bool = False
    """A demo instance: the sign-in page lists the demo accounts. Never set it where real people work."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    """Server processes."""
    threads: int = Field(default=8, ge=1, le=128)
    """Request threads per server process."""
    https: bool = False
    """Served over TLS (by a proxy): cookies become Secure and HSTS is sent."""
    proxies: int = Field(default=0, ge=0, le=5)
    """How many trusted proxies stand in front; their X-Forwarded headers are believed, nobody else's."""
    time_zone: str = "Asia/Karachi"
    """The bureau's time zone (IANA name): days are counted in it, and people who chose no other see times in it."""
    address: str = ""
    """The address people reach the site by, as `https://exchange.police.example`: what links in mails begin with."""
    smtp_host: str = ""
    """Mail server; empty: no mail is sent, and the bell tells of everything."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = True
    """Encrypt the connection. Only a server on this machine does without."""
    smtp_ca_file: Path | None = None
    """Certificate authorities to trust; empty means the system's."""
    mail_from: str = ""
    """Sender of every mail, as `Knowledge Exchange <exchange@police.example>`."""
    mail_seconds: float = Field(default=60, gt=0, le=3600)
    """How often the queue of mails is looked at for what is due."""
    session_hours: int = Field(default=12, ge=1, le=720)
    """Longest session."""
    session_idle_minutes: int = Field(default=120, ge=5, le=43_200)
    """A session ends when nothing was asked for so long."""
    upload_mb: int = Field(default=50, ge=1, le=2000)
    """Largest upload."""
    upload_quota_mb: int = Field(default=1000, ge=0, le=1_000_000)
    """What a person may upload in a day (UTC) altogether; 0 is no limit."""
    upload_types: str = " ".join(UPLOAD_TYPES)
    """Media types that are accepted, by what is in the file, separated by spaces or commas; `*` for all."""
    scan_command: str = ""
    """A virus check: gets the path of each upload as last argument and ends with 0 for clean, 1 for infected."""
    scan_seconds: float = Field(default=120, gt=0, le=3600)
    """Longest virus check of one file."""
    purge_hours: float = Field(default=168, ge=1)
    """How long the bytes of a file that nothing uses any more are kept."""
    extraction_seconds: float = Field(default=60, gt=0, le=3600)
    extraction_memory_mb: int = Field(default=1024, ge=128)
    embedding_model: str = ""
    """A sentence-transformers model or directory; empty means the packaged all-MiniLM-L6-v2."""
    embedding: Literal["on", "off"] = "on"
    """`off` runs without the meaning leg: lexical search only, and no torch."""
    similarity_floor: float | None = Field(default=None, ge=0, le=1)
    """Least cosine of a semantic-only hit; empty means the value calibrated for the model."""
    index_lock_seconds: float = Field(default=30, gt=0)
    """How long a writer waits for another process that is writing the embedded index."""
    opensearch_url: str = ""
    """Addresses of OpenSearch servers, separated by commas; empty means the embedded engine."""
    opensearch_username: str = ""
    opensearch_password: SecretStr = SecretStr("")
    opensearch_api_key: SecretStr = SecretStr("")
    """Instead of user name and password."""
    opensearch_ca_file: Path | None = None
    """Certificate authorities to trust for https; empty means the system's."""
    opensearch_prefix: str = Field(default="ipcu", pattern=r"^[a-z][a-z0-9-]{0,50}$")
    """Begins the name of every index and alias, so that instances can share a cluster."""
    opensearch_shards: int = Field(default=1, ge=1, le=1024)
    opensearch_replicas: int = Field(default=1, ge=0, le=20)
    """Of the next generation: a rebuild applies them."""
    opensearch_vectors: Literal["float", "sq", "on_disk", "byte"] = "float"
    """How vectors are kept; of the next generation: a rebuild applies it."""
    opensearch_segments: int = Field(default=1, ge=0, le=100)
    """Segments of a shard after a rebuild; 0 leaves them as they came."""
    opensearch_timeout: float = Field(default=10, gt=0, le=300)
    """Longest wait for the answer to a search, in seconds."""
    redis_url: str = ""
    """`redis://` or `rediss://`: where workers are woken; empty means that servers do the work themselves."""
    redis_password: SecretStr = SecretStr("")
    redis_ca_file: Path | None = None
    """Certificate authorities to trust for rediss; empty means the system's."""
    redis_prefix: str = Field(default="ipcu", pattern=r"^[a-z][a-z0-9-]{0,50}$")
    """Begins the name of everything in Redis, so that instances can share a server."""
    job_minutes: float = Field(default=10, ge=1, le=1440)
    """What a worker's job may take. One that has more to index goes on in another job."""
    verify_minutes: float = Field(default=240, ge=1, le=1440)
    """What a comparison of database and index may take."""
    drain_seconds: float = Field(default=20, gt=0)
    """How often the worker, or the scheduler for it, looks for changes whose wake-up was lost."""
    verify_hours: float = Field(default=24, gt=0)
    """How often database and index are compared in both directions."""
    sensitivity_file: Path | None = None
    """Changes to what counts as sensitive and to what follows from it (docs/sensitivity.md); empty means none."""
    metrics_token: SecretStr = SecretStr("")
    """Who sends it as a bearer token may read /metrics; empty means nobody."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where `ipcu worker` serves its own /metrics; 0 means nowhere."""
    alive_file: Path | None = None
    """Worker and scheduler touch it every few seconds, for the health check of a container; empty means none."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _check(self) -> Self:
        key = self.secret_key.get_secret_value()
        if key and len(key) < MINIMUM_SECRET:
            raise ValueError(f"IPCU_SECRET_KEY needs at least {MINIMUM_SECRET} characters")
        if self.time_zone not in zone_names():
            raise ValueError("IPCU_TIME_ZONE is no IANA name of a time zone, such as Asia/Karachi or UTC")
        self._check_database()
        if self.demo and self.https:
            raise ValueError("IPCU_DEMO shows passwords on the sign-in page; it cannot be combined with IPCU_HTTPS")
        self._check_opensearch()
        self._check_redis()
        self._check_metrics()
        self._check_uploads()
        self._check_mail()
        # Read here only to be refused at the start: a mistake in it must not show at the first text that is published.
        load_rules(self.sensitivity_file)
        return self

    def _check_database(self) -> None:
        try:
            address = address_of(self.database_url) if self.database_url else None
        except ArgumentError:
            raise ValueError("IPCU_DATABASE_URL is no address that SQLAlchemy understands") from None
        except ValueError as error:
            raise ValueError(f"IPCU_DATABASE_URL: {error}") from None
        if not self.database_password.get_secret_value():
            return
        if address is None or address.get_backend_name() == "sqlite":
            raise ValueError("IPCU_DATABASE_PASSWORD is set, but IPCU_DATABASE_URL names no server that asks for one")
        if address.password:
            raise ValueError("IPCU_DATABASE_PASSWORD stands instead of the password in IPCU_DATABASE_URL; set one")

    def _check_opensearch(self) -> None:
        password, key = self.opensearch_password.get_secret_value(), self.opensearch_api_key.get_secret_value()
        if bool(self.opensearch_username) != bool(password):
            raise ValueError("IPCU_OPENSEARCH_USERNAME and IPCU_OPENSEARCH_PASSWORD go together")
        if password and key:
            raise ValueError("IPCU_OPENSEARCH_API_KEY stands instead of IPCU_OPENSEARCH_USERNAME; set one of the two")
        for url in self.opensearch_urls:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError("IPCU_OPENSEARCH_URL needs addresses like https://search.example:9200")
            if parts.username or parts.password:
                raise ValueError("IPCU_OPENSEARCH_URL is logged; put the password into IPCU_OPENSEARCH_PASSWORD")
            if (password or key) and parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
                raise ValueError("IPCU_OPENSEARCH_URL is not https: the password or key would travel readable")
        if self.opensearch_ca_file is not None and not self.opensearch_ca_file.is_file():
            raise ValueError(f"IPCU_OPENSEARCH_CA_FILE names {self.opensearch_ca_file}, which is not a file")

    def _check_redis(self) -> None:
        if not self.redis_url:
            return
        try:
            parts = urlsplit(self.redis_url)
            is_address = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address:
            raise ValueError("IPCU_REDIS_URL needs an address like redis://queue.example:6379/0")
        if parts.password:
            raise ValueError("IPCU_REDIS_URL is logged; put the password into IPCU_REDIS_PASSWORD")
        if self.redis_ca_file is not None and parts.scheme != "rediss":
            raise ValueError("IPCU_REDIS_CA_FILE is for rediss://, and IPCU_REDIS_URL is not")
        if self.redis_ca_file is not None and not self.redis_ca_file.is_file():
            raise ValueError(f"IPCU_REDIS_CA_FILE names {self.redis_ca_file}, which is not a file")
        # A job stops taking work at half its time, and the file it reads then must still fit.
        if self.job_minutes * 30 < self.extraction_seconds:
            raise ValueError("IPCU_JOB_MINUTES leaves no time for one file: it needs twice IPCU_EXTRACTION_SECONDS")

    def _check_metrics(self) -> None:
        token = self.metrics_token.get_secret_value()
        if token and not _TOKEN.fullmatch(token):
            raise ValueError("IPCU_METRICS_TOKEN needs at least 16 characters, ASCII ones without spaces")
        if self.metrics_port and not token:
            raise ValueError("IPCU_METRICS_PORT is set, but IPCU_METRICS_TOKEN is not: nobody could read what is there")

    def _check_uploads(self) -> None:
        wrong = [one for one in self.accepted_types if not _MEDIA_TYPE.fullmatch(one)]
        if wrong or not self.upload_types.strip():
            raise ValueError(f"IPCU_UPLOAD_TYPES needs media types like application/pdf, or *, not {' '.join(wrong)!r}")
        if self.upload_quota_mb and self.upload_quota_mb < self.upload_mb:
            raise ValueError("IPCU_UPLOAD_QUOTA_MB is less than IPCU_UPLOAD_MB: the largest upload would never fit")
        try:
            command = shlex.split(self.scan_command)
        except ValueError as error:
            raise ValueError(f"IPCU_SCAN_COMMAND is no command line: {error}") from None
        if command and shutil.which(command[0]) is None:
            raise ValueError(f"IPCU_SCAN_COMMAND names {command[0]}, which is no program here")

    def _check_mail(self) -> None:
        if self.address:
            parts = urlsplit(self.address)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
                raise ValueError("IPCU_ADDRESS needs an address like https://exchange.police.example, without a path")
        if not self.smtp_host:
            return
        if not self.address or not parseaddr(self.mail_from)[1]:
            raise ValueError("IPCU_SMTP_HOST needs IPCU_ADDRESS, for links, and IPCU_MAIL_FROM, the sender, beside it")
        if bool(self.smtp_username) != bool(self.smtp_password.get_secret_value()):
            raise ValueError("IPCU_SMTP_USERNAME and IPCU_SMTP_PASSWORD go together")
        if not self.smtp_starttls and self.smtp_host not in _THIS_MACHINE:
            raise ValueError("IPCU_SMTP_STARTTLS can only be switched off for a mail server on this machine")
        if self.smtp_ca_file is not None and not self.smtp_ca_file.is_file():
            raise ValueError(f"IPCU_SMTP_CA_FILE names {self.smtp_ca_file}, which is not a file")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then files that the environment names."""
        return init_settings, env_settings, Files(settings_cls)

    @property
    def accepted_types(self) -> tuple[str, ...]:
        """Media types that may be uploaded; none for all."""
        return () if self.upload_types.strip() == "*" else tuple(self.upload_types.replace(",", " ").split())

    @property
    def opensearch_urls(self) -> tuple[str, ...]:
        """The addresses one by one; none for the embedded engine."""
        return tuple(url.strip() for url in self.opensearch_url.split(",") if url.strip())

    @property
    def zone(self) -> ZoneInfo:
        """The bureau's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def database(self) -> str:
        """The address of the database in use, with its password: never shown."""
        if not self.database_url:
            return f"sqlite:///{(self.data_dir / 'ipcu.sqlite3').resolve()}"
        password = self.database_password.get_secret_value()
        address = address_of(self.database_url)
        return (address.set(password=password) if password else address).render_as_string(hide_password=False)

    @property
    def database_limits(self) -> Limits:
        """What a process may ask of the database server."""
        return Limits(
            threads=self.threads,
            pool=self.database_pool,
            overflow=self.database_overflow,
            pool_seconds=self.database_pool_seconds,
            recycle_seconds=round(self.database_recycle_minutes * 60),
            statement_seconds=self.database_statement_seconds,
            lock_seconds=self.database_lock_seconds,
            idle_seconds=self.database_idle_seconds,
        )

    @property
    def index_dir(self) -> Path:
        """Directory of the embedded index."""
        return self.data_dir / "index"

    @property
    def files_dir(self) -> Path:
        """Directory of the content-addressed file store."""
        return self.data_dir / "files"
