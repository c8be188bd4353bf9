"""Making a file in the background: from the start at every try, offered only when it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import case, update

from ticketing import clock
from ticketing.documents.tables import WRITERS
from ticketing.extensions import db
from ticketing.models import Event, Export
from ticketing.models.desk import DONE, FAILED, RUNNING
from ticketing.queries.keys import find, load
from ticketing.services.exports import keeping
from ticketing.services.exports.tables import table_of
from ticketing.transaction import transactional

#: After so many tries, those that a runner did not survive counted, it has failed until somebody asks again.
TRIES = 3
log = structlog.get_logger(__name__)


class _Gone(Exception):
    """Nobody wants it any more: the export was deleted, or another runner has finished it."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be made."""

    export_id: int
    event_id: int
    kind: str
    form: str
    asked: dict[str, Any]
    zone: ZoneInfo


def make(export_id: int, *, attempt: int = 1) -> None:
    """Make the file of an export and offer it. Half a file is never offered, whatever happens meanwhile.

    The last try does not raise what stopped it: the export has failed then, and its asker may repeat it.
    """
    wanted = _begin(export_id, has_tries=attempt <= TRIES)
    if wanted is None:
        return
    try:
        _make(wanted)
    except _Gone:
        return
    except Exception:
        if attempt < TRIES:
            raise
        log.exception("export_failed", export=export_id)
        _fail(export_id)


def _make(wanted: _Wanted) -> None:
    with keeping.room() as room:
        rows = _write(wanted, path := room / "file")
        name = keeping.keep(path, wanted.form)
    try:
        is_first = _finish(wanted.export_id, name, rows)
    except BaseException:
        keeping.drop(name)
        raise
    if not is_first:
        keeping.drop(name)


def _write(wanted: _Wanted, path: Path) -> int:
    """The file at that place; how many rows it has."""
    table = table_of(wanted.kind, wanted.event_id, wanted.asked)
    counted = _Counted(wanted.export_id, table.batches)
    WRITERS[wanted.form](path, table.columns, counted, wanted.zone)
    return counted.rows


class _Counted:
    """Batches of rows that note how far their file came."""

    def __init__(self, export_id: int, batches: Iterable[Any]) -> None:
        self._export_id, self._batches, self.rows = export_id, batches, 0

    def __iter__(self) -> Iterator[Any]:
        for batch in self._batches:
            yield batch
            self.rows += len(batch)
            if not _note(self._export_id, self.rows):
                raise _Gone


@transactional
def _begin(export_id: int, *, has_tries: bool) -> _Wanted | None:
    """What is to be made; None where that is done already, or was tried too often."""
    export = find(Export, export_id, lock=True)
    if export is None or export.status in (DONE, FAILED):
        return None
    if not has_tries:
        export.status = FAILED
        return None
    export.status, export.done = RUNNING, 0
    event = load(Event, export.event_id)
    zone = ZoneInfo(event.timezone)
    return _Wanted(export.id, event.id, export.kind, export.form, dict(export.asked), zone)


@transactional
def _note(export_id: int, rows: int) -> bool:
    """How far it came; whether it is still wanted."""
    noted = db.session.execute(
        update(Export)
        .where(Export.id == export_id, Export.status == RUNNING)
        .values(done=rows, total=case((Export.total < rows, rows), else_=Export.total))
        .execution_options(synchronize_session=False)
    )
    return bool(noted.rowcount)  # type: ignore[attr-defined]


@transactional
def _finish(export_id: int, name: str, rows: int) -> bool:
    """Offer the file; False where nobody wants it any more."""
    export = find(Export, export_id, lock=True)
    if export is None or export.status != RUNNING:
        return False
    export.status, export.file, export.done, export.total = DONE, name, rows, rows
    export.expires_at = clock.now() + keeping.KEPT
    return True


@transactional
def _fail(export_id: int) -> None:
    export = find(Export, export_id, lock=True)
    if export is not None and export.status == RUNNING:
        export.status = FAILED
