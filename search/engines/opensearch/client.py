"""The one way to the servers: short waits, few retries, and every trouble as one of two exceptions with a plain reason."""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import opensearchpy
from opensearchpy.connection import Urllib3HttpConnection
from opensearchpy.exceptions import ConnectionError as Unreachable
from opensearchpy.exceptions import ConnectionTimeout, OpenSearchException, SSLError, TransportError
from urllib3 import Timeout

from core.errors import Message, Unavailable

CONNECT_SECONDS = 2.0
"""Within a data centre a server that has not taken a connection by then will not."""
_BUSY = frozenset({429, 502, 503, 504})
_READ_PAUSES = (0.1, 0.3)
"""Waits before a read is tried again; a person is waiting."""
_CONNECTIONS = 32
_LONGEST_ASKED = 60.0
"""Most seconds that a server's `Retry-After` is believed."""

_log = logging.getLogger(__name__)

# Its records carry addresses and, at DEBUG, whole bodies: questions of officers have no place in a log.
logging.getLogger("opensearch").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Access:
    """Where the cluster is and how to be let in."""

    urls: tuple[str, ...]
    username: str = ""
    password: str = ""
    api_key: str = ""
    """Sent as `Authorization: ApiKey ...`; instead of user name and password."""
    ca_file: str = ""
    """Certificate authorities to trust for https; empty means the system's."""
    timeout: float = 10.0
    """Longest wait for the answer to a search."""


class Refused(Unavailable):
    """The servers answered that this cannot be: `kind` is OpenSearch's name for it."""

    def __init__(self, status: int, kind: str, reason: str = "", retry_after: float = 0.0) -> None:
        # The reason may quote a question, so whoever knows that it does not adds it.
        super().__init__("The search server refused what was asked (%(kind)s).", kind=kind or status)
        self.status = status
        self.kind = kind
        self.reason = reason
        self.retry_after = retry_after
        """Seconds the server asks to be left alone; 0 when it does not say."""

    def explain(self, message: str) -> None:
        """Say more, where it is known that the reason quotes nobody's question."""
        self.message = Message(message)
        self.args = (self.message,)

    @property
    def is_missing(self) -> bool:
        """No such index or alias."""
        return self.kind in {"index_not_found_exception", "alias_not_found_exception"} or self.status == 404


class _Connection(Urllib3HttpConnection):
    """Keeps what a busy server or a proxy before it says of when to come back; the library drops the headers."""

    def perform_request(self, *args: Any, **options: Any) -> Any:
        ignored = options.pop("ignore", ())
        options["ignore"] = (*ignored, *_BUSY)
        status, headers, text = super().perform_request(*args, **options)
        if status in _BUSY and status not in ignored:
            try:
                self._raise_error(status, text, headers.get("content-type"))
            except TransportError as error:
                error.retry_after = retry_after(headers.get("retry-after", ""))  # type: ignore[attr-defined]
                raise
        return status, headers, text


class Client:
    """Requests to a cluster from any number of threads. Nothing connects before the first one."""

    def __init__(self, access: Access, pause: Callable[[float], None] = time.sleep) -> None:
        self.access = access
        self.pause = pause
        headers = {"Authorization": f"ApiKey {access.api_key}"} if access.api_key else {}
        own = (access.username, access.password) if access.username and not access.api_key else None
        options: dict[str, Any] = {"ca_certs": access.ca_file} if access.ca_file else {}
        self._transport = opensearchpy.OpenSearch(
            list(access.urls),
            http_auth=own,
            headers=headers,
            max_retries=0,  # retried here, where it is known what may be sent twice
            pool_maxsize=_CONNECTIONS,
            connection_class=_Connection,
            **options,
        ).transport

    def read(self, path: str, body: object = None, params: Mapping[str, str] | None = None, method: str = "") -> Any:
        """Ask something that changes nothing. Raises Unavailable, or Refused when the answer is no."""
        for wait in (*_READ_PAUSES, None):
            try:
                return self.send(method or ("POST" if body else "GET"), path, body, params, self.access.timeout)
            except Refused as answer:
                if answer.status not in _BUSY or is_block(answer.kind) or wait is None or answer.retry_after > wait:
                    raise_for(answer)
            except Unreachable as error:
                # Once more, in case another server of the list takes it; each try may cost the whole wait for a connection.
                if wait != _READ_PAUSES[0]:
                    raise self._unreachable(error) from error
            self.pause(wait * (0.5 + random.random()))  # noqa: S311  many processes must not come back at once
        raise AssertionError("unreachable")

    def change(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, str] | None = None,
        *,
        wait: float = 60.0,
    ) -> Any:
        """Change something, once. Raises Unavailable, or Refused when the answer is no."""
        try:
            return self.send(method, path, body, params, wait)
        except Refused as answer:
            answer.explain(f"The search server refused: {answer.reason or answer.kind}.")
            raise_for(answer)
        except Unreachable as error:
            raise self._unreachable(error) from error

    def send(self, method: str, path: str, body: object, params: Mapping[str, str] | None, wait: float) -> Any:
        """One request. Raises Unavailable without an answer, Refused with a bad one, `Unreachable` when nobody is there."""
        lines = isinstance(body, bytes)
        sent = body if lines or body is None else encoded(body)
        headers = {"content-type": "application/x-ndjson" if lines else "application/json"}
        patience: Any = Timeout(connect=min(CONNECT_SECONDS, wait), read=wait)
        try:
            return self._transport.perform_request(
                method, path, params=dict(params or {}), body=sent, timeout=patience, headers=headers
            )
        except SSLError as error:
            raise Unavailable(
                "The search server did not prove who it is (%(reason)s). Check its address and IPCU_OPENSEARCH_CA_FILE.",
                reason=error.error,
            ) from error
        except ConnectionTimeout as error:
            raise Unavailable("The search server did not answer within %(seconds)s s.", seconds=f"{wait:g}") from error
        except Unreachable:
            raise
        except TransportError as error:
            raise _refusal(error) from error
        except OpenSearchException as error:
            raise Unavailable("The search server sent what cannot be read.") from error

    @property
    def where(self) -> str:
        """The addresses, without anything secret in them."""
        return ", ".join(url.rsplit("@", 1)[-1] for url in self.access.urls)

    def _unreachable(self, error: Exception) -> Unavailable:
        # Readers are told that search is down, not where it lives.
        _log.warning("search server at %s unreachable: %s", self.where, type(error).__name__)
        return Unavailable("The search server cannot be reached.")

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()


def retry_after(said: str) -> float:
    """Seconds of a `Retry-After` header; 0 when there is none, it is over, or it is no such header."""
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST_ASKED) if seconds == seconds else 0.0


def encoded(body: object) -> bytes:
    """A body as JSON; what UTF-8 cannot hold becomes a question mark."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def is_block(kind: str) -> bool:
    """Whether writes, or new indices, are refused: by an administrator, or because a disk is too full."""
    return kind in {"cluster_block_exception", "index_create_block_exception"}


def raise_for(answer: Refused) -> NoReturn:
    """The answer as Unavailable where waiting or an administrator may help; else the answer itself."""
    if is_block(answer.kind):
        raise Unavailable(
            "The search index takes no writes (read-only: the disk of a search server may be full). "
            "Free space, then lift `index.blocks` if it stays."
        ) from answer
    if answer.status == 429:
        raise Unavailable("The search server is overloaded; try again in a moment.") from answer
    if answer.status in {401, 403}:
        raise Unavailable(
            "The search server does not let this program in. Check its user, password or key."
        ) from answer
    if answer.status in _BUSY or answer.kind == "search_phase_execution_exception":
        raise Unavailable(
            "The search server cannot answer just now: it has too much to do, or a part of the index is out of reach."
        ) from answer
    raise answer


def _refusal(error: TransportError) -> Refused:
    status = error.status_code if isinstance(error.status_code, int) else 500
    body = error.info.get("error") if isinstance(error.info, dict) else None
    wait = float(getattr(error, "retry_after", 0.0))
    if isinstance(body, dict):
        return Refused(status, str(body.get("type", "")), str(body.get("reason", ""))[:300], wait)
    return Refused(status, str(error.error)[:100], retry_after=wait)
