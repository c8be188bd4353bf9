"""Slugs: readable keys for URLs, unique and stable."""

from __future__ import annotations

import re
import secrets
from typing import Any
from uuid import UUID

from slugify import slugify
from sqlalchemy import select

from ticketing.extensions import db

#: Words that a URL uses for something else in the place of a slug.
RESERVED = frozenset(
    (
        "calendar",
        "create",
        "past",
        "upcoming",
        "featured",
        "search",
        "my-events",
        "my_events",
        "categories",
        "by_category",
    )
)

#: Five bits a letter; none of them is taken for another.
_LETTERS, _SECRET_LENGTH = "abcdefghijklmnopqrstuvwxyz234567", 26
_SECRET = re.compile(f"-[{_LETTERS}]{{{_SECRET_LENGTH}}}$")


def free_slug(model: Any, text: str, *, longest: int = 200) -> str:
    """A slug for ``text`` that no row of the model has; never all digits, a UUID or a reserved word."""
    base = slugify(text, max_length=longest) or model.__name__.lower()
    if base in RESERVED or base.isdigit() or _is_uuid(base):
        base = f"{model.__name__.lower()}-{base}"
    taken = set(db.session.scalars(select(model.slug).where(model.slug.startswith(base, autoescape=True))))
    if base not in taken:
        return base
    for number in range(2, 50):
        if (slug := f"{base}-{number}") not in taken:
            return slug
    return f"{base}-{secrets.token_hex(5)}"


def secret_slug(slug: str) -> str:
    """The slug with 130 random bits behind it, others than it had: nobody finds it who was not told."""
    secret = "".join(secrets.choice(_LETTERS) for _ in range(_SECRET_LENGTH))
    return f"{without_secret(slug)[:200].rstrip('-')}-{secret}"


def without_secret(slug: str) -> str:
    """The slug as it was before it became a secret one."""
    return _SECRET.sub("", slug)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
