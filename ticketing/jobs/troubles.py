"""What stopped a message, in words that whoever looks at it can read."""

from __future__ import annotations

from smtplib import SMTPRecipientsRefused, SMTPResponseException


def in_words(error: Exception) -> str:
    """``The mail server answered 550 5.1.1 no such mailbox``; of other errors their kind and sentence."""
    if isinstance(error, SMTPRecipientsRefused):
        # A mail has one recipient.
        return _answered(*next(iter(error.recipients.values())))
    if isinstance(error, SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _answered(code: int, reply: bytes | str) -> str:
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
    return f"The mail server answered {code} {' '.join(text.split())}".strip()
