"""Tickets: one per admitted person, issued with the confirmation of its order."""

from ticketing.services.tickets.codes import code_hash, code_of, key_version
from ticketing.services.tickets.holding import claim, rename, transfer
from ticketing.services.tickets.issuing import issue, void, void_these

__all__ = [
    "claim",
    "code_hash",
    "code_of",
    "issue",
    "key_version",
    "rename",
    "transfer",
    "void",
    "void_these",
]
