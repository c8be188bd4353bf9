"""What a ticket's QR carries: a keyed value that nobody can compute, and that tells nothing about anybody."""

from __future__ import annotations

import hashlib
import hmac
import uuid

from flask import current_app


def key_version() -> int:
    """Which key new codes are made with: the first is 1, and each that was retired counts one."""
    return len(current_app.config["TICKET_SECRET_KEYS_OLD"]) + 1


def code_of(ticket_id: uuid.UUID, version: int, key: int) -> str:
    """64 hex digits: HMAC-SHA256 over the ticket's identity and the version of its code, with the key that
    was in force when the code was made.

    :raises LookupError: that key is not configured any more.
    """
    keys = [*current_app.config["TICKET_SECRET_KEYS_OLD"], current_app.config["TICKET_SECRET_KEY"]]
    if not 0 < key <= len(keys):
        raise LookupError(f"there is no ticket key {key}")
    return hmac.new(keys[key - 1].encode(), f"{ticket_id}:{version}".encode(), hashlib.sha256).hexdigest()


def code_hash(code: str) -> str:
    """How a code is kept and looked up: its SHA-256."""
    return hashlib.sha256(code.encode()).hexdigest()
