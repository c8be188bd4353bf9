"""A real SMTP server that keeps what it is sent."""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.processes import free_port


class SmtpSink:
    """Listens on loopback while it is used as a context manager.

    ``messages`` holds what came in, parsed; ``refuse`` makes it answer every message with that line
    (``"451 try later"``), for tests of what happens then.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse: str | None = None
        self.host, self.port = "127.0.0.1", free_port()
        self._controller = Controller(self, hostname=self.host, port=self.port)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by the server for each message."""
        if self.refuse:
            return self.refuse
        content = envelope.original_content or b""
        message = BytesParser(policy=default).parsebytes(content)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """The messages for one recipient, oldest first."""
        return [message for message in self.messages if address in str(message["To"])]

    def __enter__(self) -> SmtpSink:
        self._controller.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._controller.stop()
