"""Superusers who take each other's rank away, or leave, at the same moment: one is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import PASSWORD, UserFactory
from tests.races import crowd
from ticketing.extensions import db
from ticketing.models import User
from ticketing.policy import Actor
from ticketing.services import accounts

pytestmark = pytest.mark.races


def _take(actor: Actor, other: int) -> None:
    accounts.take_rank(actor, other, "superuser")


def _leave(actor: Actor, _other: int) -> None:
    accounts.delete(actor, password=PASSWORD)


@pytest.mark.parametrize("deed", [_take, accounts.close, _leave], ids=["take", "close", "leave"])
def test_of_superusers_who_do_it_at_once_one_is_left(
    app: Flask, committed: Any, deed: Callable[[Actor, int], object]
) -> None:
    for _ in range(4):
        first, second = (UserFactory(is_staff=True, is_superuser=True) for _ in range(2))
        each = [(Actor.of(first), second.id), (Actor.of(second), first.id)]
        outcomes = crowd.of_threads(app, deed, each)
        assert outcomes == {"done": 1, "last_superuser": 1}, outcomes
        db.session.expire_all()
        acting = select(func.count()).select_from(User).where(User.is_superuser, User.is_active)
        assert db.session.scalar(acting) == 1
        for user in db.session.scalars(select(User).where(User.is_superuser)):
            user.is_superuser = False
        db.session.commit()
