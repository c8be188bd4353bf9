"""Tickets: one per admitted person, issued with the confirmation of its order."""

from ticketing.services.tickets.codes import code_hash, code_of, key_version
from ticketing.services.tickets.holding import account_of, claim, rename, transfer
from ticketing.services.tickets.issuing import issue, void, void_these

__all__ = [
    "account_of",
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
