"""Before the first request: migrations and demo data, however many starts there are at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select

from ticketing.config import ROOT
from ticketing.extensions import db as extension
from ticketing.models import Event, User


def prepare_twice(url: str, folder: Path, environment: str) -> list[str]:
    """Two starts at once; what they said."""
    settings = os.environ | {
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(folder),
        "TICKETING_ENV": environment,
    }
    starts = [
        subprocess.Popen(
            [sys.executable, "-m", "ticketing.preparation"],
            cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0], "\n".join(said)
    return said


def test_two_starts_at_once_migrate_an_empty_database_once(
    app_on: Callable[[str], Flask], empty_database: str, tmp_path: Path
) -> None:
    prepare_twice(empty_database, tmp_path, "testing")
    with app_on(empty_database).app_context():
        assert set(extension.metadata.tables) <= set(inspect(extension.engine).get_table_names())
        assert extension.session.scalar(select(func.count(User.id))) == 0
        extension.session.remove()
        extension.engine.dispose()


@pytest.mark.one_database
def test_two_starts_at_once_fill_an_empty_database_once(
    app_on: Callable[[str], Flask], empty_database: str, tmp_path: Path
) -> None:
    prepare_twice(empty_database, tmp_path, "development")
    with app_on(empty_database).app_context():
        assert extension.session.scalar(select(func.count(Event.id))) == 12
        extension.session.remove()
        extension.engine.dispose()
