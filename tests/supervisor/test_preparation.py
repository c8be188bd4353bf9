"""Before the first request: migrations and demo data, however many starts there are at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import func, inspect, select

from ticketing.config import ROOT
from ticketing.extensions import db as extension
from ticketing.models import Event


def test_two_starts_at_once_migrate_and_fill_an_empty_database_once(
    app_on: Callable[[str], Flask], empty_database: str, tmp_path: Path
) -> None:
    settings = os.environ | {
        "DATABASE_URL": empty_database,
        "INSTANCE_PATH": str(tmp_path),
        "TICKETING_ENV": "development",
    }
    starts = [
        subprocess.Popen(
            [sys.executable, "-m", "ticketing.preparation"],
            cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [start.communicate(timeout=200)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0], "\n".join(said)
    with app_on(empty_database).app_context():
        assert set(extension.metadata.tables) <= set(inspect(extension.engine).get_table_names())
        assert extension.session.scalar(select(func.count(Event.id))) == 12
        extension.session.remove()
        extension.engine.dispose()
