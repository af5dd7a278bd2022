"""A real SMTP server on a free port of this machine, which keeps what it took and refuses what it is told to."""

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Box:
    """The server's handler: mails by the address they were sent to."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Message]] = []
        self.refuse: dict[str, str] = {}
        """Address to the reply that it is refused with."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        for address in envelope.rcpt_tos:
            self.mails.append((address, email.message_from_bytes(envelope.content, policy=default)))
        return "250 OK"

    def to(self, address: str) -> list[Message]:
        return [mail for receiver, mail in self.mails if receiver == address]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_server(port: int | None = None) -> Iterator[tuple[Box, int]]:
    """A running server: its box and its port."""
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield box, controller.port
    finally:
        controller.stop()
