"""Organizations and their members."""

from __future__ import annotations

from ticketing.services.organizations.details import delete, set_look, update
from ticketing.services.organizations.members import add_member, change_role, remove
from ticketing.services.organizations.opening import (
    CURRENCIES,
    MOST_OWNED,
    create,
    house,
    managed,
    open_own,
    own,
)

__all__ = [
    "CURRENCIES",
    "MOST_OWNED",
    "add_member",
    "change_role",
    "create",
    "delete",
    "house",
    "managed",
    "open_own",
    "own",
    "remove",
    "set_look",
    "update",
]
