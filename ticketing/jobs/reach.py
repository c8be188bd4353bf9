"""What a mail server's trouble means: wait for the server, wait with one message, or give one up.

A server that is out of reach costs one attempt in a while, not one for each message that waits, and little of
the other jobs' time.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)

from flask import current_app

from ticketing import clock

_UNREACHABLE = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    ssl.SSLError,
    SMTPServerDisconnected,
    SMTPConnectError,
    SMTPHeloError,
    SMTPAuthenticationError,
)
_SHORTEST, _LONGEST = timedelta(seconds=10), timedelta(minutes=5)
#: Answers that speak of the address: it is no address, nobody has it, or it has moved.
_NO_SUCH_ADDRESS = {501, 550, 551, 553}
_ENHANCED = re.compile(r"\b5\.(\d{1,3}\.\d{1,3})\b")
#: Of the answers that speak of address (1) or mailbox (2): a full one may have room tomorrow.
_FULL = "2.2"


def is_out_of_reach(error: Exception) -> bool:
    """Whether no mail at all can be handed in at this moment."""
    return isinstance(error, _UNREACHABLE) or type(error) is OSError


def is_refused_for_good(error: Exception) -> bool:
    """Whether the server says of the recipient that trying again is of no use. A refusal for reasons of
    policy (``5.7.1``: no relaying) says something of us and not of the recipient: it may be mended."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    code, reply = next(iter(error.recipients.values()))
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
    if found := _ENHANCED.search(text):
        return found[1].startswith(("1.", "2.")) and found[1] != _FULL
    return code in _NO_SUCH_ADDRESS


@dataclass(slots=True)
class _Rest:
    until: datetime | None = None
    pause: timedelta = _SHORTEST


def is_resting() -> bool:
    """Whether mails wait because the server was out of reach a moment ago."""
    until = _rest().until
    return until is not None and clock.now() < until


def was_missed() -> None:
    """The server was out of reach: mails of this process rest for 10 seconds, doubling, at most 5 minutes."""
    rest = _rest()
    rest.until = clock.now() + rest.pause
    rest.pause = min(rest.pause * 2, _LONGEST)


def was_met() -> None:
    """The server answers."""
    current_app.extensions.pop("mail_rest", None)


def _rest() -> _Rest:
    rest: _Rest = current_app.extensions.setdefault("mail_rest", _Rest())
    return rest
