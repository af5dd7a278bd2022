"""The way out: one SMTP connection for a batch of mails."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Protocol, Self

PERMANENT = 500
"""SMTP replies from here on are final (RFC 5321, 4.2.1)."""


class Unreachable(Exception):
    """The server cannot be used at all just now: no mail of the batch is to blame."""


class Refused(Exception):
    """The server refused one mail. `is_final`: trying again is of no use."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Transport(Protocol):
    """Takes mails to their server within `with`."""

    def __enter__(self) -> Self:
        """Connect. Raises Unreachable."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""

    def send(self, message: EmailMessage) -> None:
        """Hand over one mail. Returns when the server has taken it. Raises Refused, or Unreachable when the connection is lost."""


@dataclass
class SmtpTransport:
    """SMTP, by STARTTLS unless that is switched off, with a user name where one is given."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = True
    ca_file: str = ""
    timeout: float = 20.0
    _server: smtplib.SMTP | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        try:
            self._server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
            if self.starttls:
                self._server.starttls(context=ssl.create_default_context(cafile=self.ca_file or None))
            if self.username:
                self._server.login(self.username, self.password)
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            self._close()
            raise Unreachable(_reason(error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> None:
        """Hand over one mail. Raises Refused, or Unreachable when the connection is lost."""
        assert self._server is not None, "used outside `with`"
        try:
            self._server.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            if isinstance(error, smtplib.SMTPRecipientsRefused):
                code = max((reply[0] for reply in error.recipients.values()), default=0)
            else:
                code = int(error.smtp_code)
            raise Refused(f"the server answered {code}", is_final=code >= PERMANENT) from error
        except (TimeoutError, smtplib.SMTPException, OSError) as error:
            raise Unreachable(_reason(error)) from error

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _reason(error: BaseException) -> str:
    """One line without addresses or contents."""
    return (
        f"{type(error).__name__}: {getattr(error, 'strerror', None) or getattr(error, 'smtp_code', '') or 'no answer'}"
    )
