"""Mail without a server: each message becomes a file that a mail program, or the mailbox page, can open."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Sequence
from email.message import EmailMessage as Message
from pathlib import Path

from flask import current_app
from flask_mailman.backends.base import BaseEmailBackend
from flask_mailman.message import EmailMessage

from ticketing.errors import NotFound


class EmailBackend(BaseEmailBackend):
    """Writes ``<time>-<message id>.eml`` into ``MAIL_FOLDER``."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages; how many there were."""
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(email_messages):
            written = message.message()
            name = f"{time.time_ns()}-{number}.eml"
            (folder / name).write_bytes(written.as_bytes())
        return len(email_messages)


def names() -> list[str]:
    """The files of all messages, newest first."""
    return sorted((path.name for path in _folder().glob("*.eml")), reverse=True)


def read(name: str) -> Message:
    """A message.

    :raises NotFound: no message has this name. A name is compared with what is there, never made a path.
    """
    if name not in names():
        raise NotFound("message")
    content = (_folder() / name).read_bytes()
    return email.message_from_bytes(content, policy=email.policy.default)


def _folder() -> Path:
    return Path(current_app.config["MAIL_FOLDER"])
