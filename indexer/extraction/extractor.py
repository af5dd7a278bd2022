"""The parent's side: starts the limited child, watches the clock, turns every end into a status."""

import json
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from indexer.extraction.model import (
    ENCRYPTED_OFFICE,
    MAIL,
    SUPPORTED_TYPES,
    WEB_ARCHIVE,
    XML,
    Extraction,
    ExtractionLimits,
    ExtractionStatus,
)
from indexer.extraction.protocol import (
    decode_answer,
    encode_limits,
    encode_request,
    max_answer_bytes,
)

logger = logging.getLogger(__name__)

# Isolated mode ignores PYTHONPATH and the working directory, so the search path travels along.
_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from indexer.extraction.child import main; main(sys.argv[2:])"
)
# All a child may know of the environment: what the interpreter itself needs to start.
_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH")
_CHUNK = 1 << 16
_CLOSE_SECONDS = 1.0

_TOO_SLOW = "Reading the file took longer than allowed."
_TOO_MUCH_MEMORY = "The file needs more memory than allowed to read."
_CRASHED = "The file is damaged: reading it made the reader crash."
_LOCKED = "The file is protected by a password."
_UNKNOWN_TYPE = "The text of files of this type cannot be read."
_UNSUPPORTED = {
    MAIL: "The text of an e-mail cannot be read: files of this type are not supported. Print it to PDF, or save its text.",
    WEB_ARCHIVE: "The text of a web archive cannot be read: files of this type are not supported. Save the page as HTML or PDF.",
    XML: "The text of an XML file cannot be read: files of this type are not supported. Save the document as DOCX or PDF.",
}


def extract(path: Path, media_type: str, limits: ExtractionLimits = ExtractionLimits()) -> Extraction:  # noqa: B008
    """Read the text of one file in a limited child process.

    Every failure that the file can cause is a status with a reason. Raises FileNotFoundError when
    there is no such file, and OSError when the system cannot start a process.
    """
    with Extractor(limits) as extractor:
        return extractor.extract(path, media_type)


class Extractor:
    """Reads many files with one child, which spares its start for each of them.

    The child is replaced after ``files_per_child`` files, after a failure, and when it has grown.
    For one thread at a time. Leaving the context ends the child.
    """

    def __init__(self, limits: ExtractionLimits = ExtractionLimits(), files_per_child: int = 200) -> None:  # noqa: B008
        self._limits = limits
        self._files_per_child = files_per_child
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child, if there is one. The extractor may still be used afterwards."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def extract(self, path: Path, media_type: str) -> Extraction:
        """Read one file; promises the same as :func:`extract`."""
        refused = _refuse(path, media_type, self._limits)
        if refused is not None:
            return refused
        fresh = self._child is None
        outcome = self._ask(path, media_type)
        if isinstance(outcome, Extraction):
            return outcome
        if not fresh and outcome is not ExtractionStatus.TOO_SLOW:
            # Earlier files may have used up the child; a fresh one judges this file alone.
            outcome = self._ask(path, media_type)
        return outcome if isinstance(outcome, Extraction) else _failed(outcome)

    def _ask(self, path: Path, media_type: str) -> "Extraction | ExtractionStatus":
        """Return the answer, or the status that the child's end stands for."""
        if self._child is None:
            self._child = _Child(self._limits)
        child = self._child
        line = child.ask(encode_request(os.path.abspath(path), media_type))
        if line is None:
            self._child = None
            return child.discard()
        try:
            extraction, detail, worn = decode_answer(line)
        except ValueError:
            self._child = None
            child.discard()
            return ExtractionStatus.BROKEN
        if detail:
            logger.info("extraction of %s: %s %s", path.name, extraction.status, detail)
        if worn or child.served >= self._files_per_child:
            self.close()
        return extraction


def _refuse(path: Path, media_type: str, limits: ExtractionLimits) -> Extraction | None:
    """Return what can be said without reading the file, None if it has to be read."""
    details = path.stat()
    if not stat.S_ISREG(details.st_mode):
        return Extraction(ExtractionStatus.BROKEN, "This is not a regular file.")
    if media_type == ENCRYPTED_OFFICE:
        return Extraction(ExtractionStatus.ENCRYPTED, _LOCKED)
    if media_type not in SUPPORTED_TYPES:
        return Extraction(ExtractionStatus.UNSUPPORTED, _UNSUPPORTED.get(media_type, _UNKNOWN_TYPE))
    if details.st_size > limits.max_file_mb * 1024 * 1024:
        reason = f"The file is larger than {limits.max_file_mb} MB."
        return Extraction(ExtractionStatus.TOO_LARGE, reason)
    return None


class _Child:
    """One child process and the clock that runs against it."""

    def __init__(self, limits: ExtractionLimits) -> None:
        self._limits = limits
        self.served = 0
        self._expired = False
        self._overflowed = False
        search_path = [os.path.abspath(entry) for entry in sys.path]
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        command = [sys.executable, "-I", "-c", _BOOTSTRAP]
        self._process = subprocess.Popen(
            [*command, json.dumps(search_path), encode_limits(limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=0,
            start_new_session=True,
        )

    def ask(self, request: bytes) -> bytes | None:
        """Return the answer line, None when the child ended or had to be ended."""
        self.served += 1
        self._expired = False
        clock = threading.Timer(self._limits.seconds, self._expire)
        clock.daemon = True
        clock.start()
        try:
            return self._exchange(request)
        except OSError:
            # The child ended before it read the request.
            return None
        finally:
            clock.cancel()
            # A clock that is just going off must not hit the next file.
            clock.join()

    def _exchange(self, request: bytes) -> bytes | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(request)
        answer = bytearray()
        cap = max_answer_bytes(self._limits)
        while chunk := self._process.stdout.read(_CHUNK):
            answer += chunk
            if chunk.endswith(b"\n"):
                return bytes(answer)
            if len(answer) > cap:
                self._overflowed = True
                return None
        return None

    def _expire(self) -> None:
        self._expired = True
        self._kill()

    def _kill(self) -> None:
        """Kill the child with everything it may have started.

        Nobody collects the exit status meanwhile, so the process id is certainly still the child's.
        """
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            # It is ending by itself; macOS denies the signal then.
            return

    def stop(self) -> None:
        """End an idle child kindly, any other by force."""
        self._close_pipes()
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()

    def discard(self) -> ExtractionStatus:
        """End a child that failed; returns what its end says about the file."""
        self._kill()
        self._close_pipes()
        return self._verdict(self._process.wait())

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _verdict(self, code: int) -> ExtractionStatus:
        if self._expired or code == -signal.SIGXCPU:
            return ExtractionStatus.TOO_SLOW
        # Killed, but not by the clock: by the system, when memory ran out. Native libraries abort
        # when an allocation fails; what a damaged file does to them is a fault or a trap.
        if self._overflowed or code in {-signal.SIGKILL, -signal.SIGABRT}:
            return ExtractionStatus.TOO_LARGE
        return ExtractionStatus.BROKEN


def _failed(status: ExtractionStatus) -> Extraction:
    reasons = {
        ExtractionStatus.TOO_SLOW: _TOO_SLOW,
        ExtractionStatus.TOO_LARGE: _TOO_MUCH_MEMORY,
    }
    return Extraction(status, reasons.get(status, _CRASHED))
