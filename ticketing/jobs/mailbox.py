"""A mail backend without a server: each message becomes a file that a mail program can open."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from flask import current_app
from flask_mailman.backends.base import BaseEmailBackend
from flask_mailman.message import EmailMessage


class EmailBackend(BaseEmailBackend):
    """Writes ``<time>-<message id>.eml`` into ``MAIL_FOLDER``."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages; how many there were."""
        folder = Path(current_app.config["MAIL_FOLDER"])
        folder.mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(email_messages):
            written = message.message()
            name = f"{time.time_ns()}-{number}.eml"
            (folder / name).write_bytes(written.as_bytes())
        return len(email_messages)
