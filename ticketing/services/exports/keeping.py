"""Where exported files lie: below the private media folder, under names that nobody can guess, for a day."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from flask import current_app
from sqlalchemy import delete, select

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Export
from ticketing.transaction import transactional

FOLDER = "exports"
#: How long a file can be fetched.
KEPT = timedelta(hours=24)
#: What is older belongs to no export any more: its row is gone, or whoever made it has died half way.
_ORPHANED = KEPT + timedelta(hours=1)
_UNFINISHED = "making-"


def _root() -> Path:
    return Path(current_app.config["PRIVATE_MEDIA_ROOT"])


def path_of(name: str) -> Path:
    """Where a kept file lies."""
    return _root() / name


@contextmanager
def room() -> Iterator[Path]:
    """A folder in which a file is made; what is left in it goes with it."""
    folder = _root() / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=_UNFINISHED, dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def keep(path: Path, form: str) -> str:
    """A finished file gets its name, all at once; the name."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    name = f"{FOLDER}/{secrets.token_urlsafe(24)}.{form}"
    path.chmod(0o600)
    path.replace(path_of(name))
    return name


def drop(name: str) -> None:
    """A file goes; that it is not there any more is no matter."""
    path_of(name).unlink(missing_ok=True)


def sweep() -> int:
    """Take away what has served its time, the file first: a row without its file offers nothing; how many
    exports there were."""
    ended = select(Export.id, Export.file).where(Export.expires_at <= clock.now())
    rows = db.session.execute(ended).all()
    for row in rows:
        if row.file:
            drop(row.file)
        _forget(row.id)
    _sweep_orphans()
    return len(rows)


@transactional
def _forget(export_id: int) -> None:
    db.session.execute(delete(Export).where(Export.id == export_id))


def _sweep_orphans() -> None:
    folder, oldest = _root() / FOLDER, (clock.now() - _ORPHANED).timestamp()
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if path.stat().st_mtime >= oldest:
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except FileNotFoundError:  # another runner was quicker
            continue
