"""Who asks for something: an account, a visitor, a device at a door, or the house itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

from ticketing.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, and from where. Without ``user_id``: a visitor, or the house itself."""

    user_id: int | None = None
    email: str = ""
    name: str = ""
    user_type: str = "consumer"
    is_staff: bool = False
    is_superuser: bool = False
    is_support: bool = False
    is_system: bool = False
    #: A device at the door of one event, let in by a scanner link.
    scanner_id: int | None = None
    door_event_id: int | None = None
    language: str = "en"
    address: str = field(default="", compare=False)
    agent: str = field(default="", compare=False)

    @classmethod
    def of(cls, user: User, *, address: str = "", agent: str = "") -> Self:
        """The actor that an account makes."""
        return cls(
            user_id=user.id,
            email=user.email,
            name=f"{user.first_name} {user.last_name}".strip(),
            user_type=user.user_type,
            is_staff=user.is_staff,
            is_superuser=user.is_superuser,
            is_support=user.is_support,
            language=user.language,
            address=address,
            agent=agent,
        )

    @property
    def is_admin(self) -> bool:
        """Staff, a superuser, or the house itself: may do everything."""
        return self.is_staff or self.is_superuser or self.is_system

    @property
    def is_signed_in(self) -> bool:
        """Has an account."""
        return self.user_id is not None

    def seen_at(self, address: str, agent: str) -> Actor:
        """The same actor, asking from there."""
        return replace(self, address=address, agent=agent[:255])


ANONYMOUS = Actor()
SYSTEM = Actor(is_system=True)
