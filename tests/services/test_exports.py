"""Files that are made in the background: whole or not at all, for those who may have them, for a day."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.documents.workbooks import Workbook
from tests.factories import OrganizationFactory, member_of
from tests.jobs.visits import concert, fill, waiting
from tests.races import crowd
from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db as extension
from ticketing.jobs import outbox, upkeep
from ticketing.models import ActivityLog, Event, Export, Organization
from ticketing.policy import Actor
from ticketing.queries import attendees, organizer_orders
from ticketing.services import exports
from ticketing.services.exports import keeping, making


@pytest.fixture(autouse=True)
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(app.config, "PRIVATE_MEDIA_ROOT", tmp_path / "private")
    return tmp_path / "private" / keeping.FOLDER


@pytest.fixture
def event(app: Flask) -> Event:
    made = concert(organization=OrganizationFactory())
    fill(made, 25)
    return made


@pytest.fixture
def asker(event: Event) -> Actor:
    return member_of(extension.session.get_one(Organization, event.organization_id), "MEMBER")


def fresh(export: Export) -> Export:
    extension.session.expire_all()
    return extension.session.get_one(Export, export.id)


def content_of(export: Export) -> bytes:
    kept = fresh(export)
    assert kept.file
    return exports.path_of(kept.file).read_bytes()


def in_folder(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("kind", ["attendees", "orders"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_jobs_make_the_file(event: Event, asker: Actor, kind: str, form: str, folder: Path) -> None:
    export = exports.ask(asker, event.id, kind, form, {})
    assert (export.status, export.total, export.done) == ("waiting", 25, 0)
    outbox.deliver_due()
    done = fresh(export)
    assert (done.status, done.total, done.done) == ("done", 25, 25)
    content = content_of(export)
    if form == "xlsx":
        assert len(Workbook(content).rows) == 26
    else:
        assert content.count(b"\r\n") == 26
    (name,) = in_folder(folder)
    assert done.file == f"exports/{name}"
    assert len(name) > 35
    assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    (log,) = extension.session.scalars(select(ActivityLog).where(ActivityLog.action == f"{kind}_exported"))
    assert (log.user_id, log.object_id, log.details["rows"]) == (asker.user_id, event.id, 25)
    assert "@" not in str(log.details)


def test_a_file_has_what_the_list_was_narrowed_to(event: Event, asker: Actor) -> None:
    some = exports.ask(asker, event.id, "orders", "csv", {"q": "buyer7@", "status": "confirmed"})
    none = exports.ask(asker, event.id, "attendees", "csv", {"standing": "used"})
    outbox.deliver_due()
    assert (fresh(some).total, fresh(none).total) == (1, 0)
    assert b"buyer7@example.org" in content_of(some)


def test_who_asks_twice_is_shown_the_same(event: Event, asker: Actor) -> None:
    first = exports.ask(asker, event.id, "orders", "csv", {})
    assert exports.ask(asker, event.id, "orders", "csv", {}).id == first.id
    assert exports.ask(asker, event.id, "orders", "xlsx", {}).id != first.id
    outbox.deliver_due()
    assert exports.ask(asker, event.id, "orders", "csv", {}).id != first.id


def test_nobody_waits_for_many_files(event: Event, asker: Actor) -> None:
    for number in range(5):
        exports.ask(asker, event.id, "orders", "csv", {"q": str(number)})
    with pytest.raises(Invalid, match="5 files are being made"):
        exports.ask(asker, event.id, "orders", "csv", {"q": "more"})


def test_a_workbook_has_only_so_many_rows(
    event: Event, asker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketing.services.exports.asking.MOST_XLSX_ROWS", 25)
    with pytest.raises(Invalid, match="please choose CSV"):
        exports.ask(asker, event.id, "orders", "xlsx", {})
    exports.ask(asker, event.id, "orders", "csv", {})


def test_strangers_ask_for_nothing(event: Event) -> None:
    with pytest.raises(NotFound):
        exports.ask(member_of(OrganizationFactory()), event.id, "orders", "csv", {})


class Killed(BaseException):
    """A runner that is gone: nothing of it is caught."""


def dying(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The second batch of attendees is never read."""
    monkeypatch.setattr(attendees.stream, "__defaults__", (10,))
    read = attendees.stream

    def stream(*given: Any) -> Any:
        batches = read(*given)
        yield next(batches)
        raise error

    monkeypatch.setattr(attendees, "stream", stream)


def test_a_runner_that_dies_half_way_leaves_nothing_to_fetch_and_another_begins_anew(
    event: Event, asker: Actor, folder: Path
) -> None:
    export = exports.ask(asker, event.id, "attendees", "csv", {})
    with pytest.MonkeyPatch.context() as patch:
        dying(patch, Killed())
        # Killed for good: no folder is cleared up.
        patch.setattr(keeping.shutil, "rmtree", lambda *given, **options: None)
        with pytest.raises(Killed):
            outbox.deliver_due()
    half = fresh(export)
    assert (half.status, half.done, half.file) == ("running", 10, None)
    (left,) = in_folder(folder)
    assert left.startswith("making-")
    with time_machine.travel(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        outbox.deliver_due()
    assert (fresh(export).status, fresh(export).done) == ("done", 25)
    assert content_of(export).count(b"\r\n") == 26
    with time_machine.travel(clock.now() + timedelta(hours=26)):
        upkeep.tidy()
    assert in_folder(folder) == []


def test_what_cannot_be_made_is_tried_three_times_then_it_has_failed_and_may_be_repeated(
    event: Event, asker: Actor, folder: Path
) -> None:
    export = exports.ask(asker, event.id, "attendees", "xlsx", {})
    with pytest.MonkeyPatch.context() as patch:
        dying(patch, OSError("disk full"))
        now = clock.now()
        for minutes, status in enumerate(("running", "running", "failed")):
            with time_machine.travel(now + timedelta(minutes=minutes)):
                outbox.deliver_due()
                assert fresh(export).status == status
    assert in_folder(folder) == []
    assert [message.status for message in waiting(exports.MAKE)] == ["sent"]
    exports.repeat(asker, event.uuid, export.uuid)
    exports.repeat(asker, event.uuid, export.uuid)
    assert (fresh(export).status, len(waiting(exports.MAKE))) == ("waiting", 2)
    outbox.deliver_due()
    assert (fresh(export).status, len(Workbook(content_of(export)).rows)) == ("done", 26)


def test_a_file_that_kills_every_runner_is_given_up(event: Event, asker: Actor) -> None:
    export = exports.ask(asker, event.id, "attendees", "csv", {})
    with pytest.MonkeyPatch.context() as patch:
        dying(patch, Killed())
        now = clock.now()
        for number in range(3):
            with time_machine.travel(now + number * timedelta(minutes=6)), pytest.raises(Killed):
                outbox.deliver_due()
        with time_machine.travel(now + timedelta(minutes=19)):
            outbox.deliver_due()
    assert fresh(export).status == "failed"


def test_a_file_that_nobody_wants_any_more_is_not_kept(event: Event, asker: Actor, folder: Path) -> None:
    export = exports.ask(asker, event.id, "attendees", "csv", {})
    number = export.id
    with pytest.MonkeyPatch.context() as patch:
        begin = making._begin

        def gone(export_id: int, **given: Any) -> Any:
            wanted = begin(export_id, **given)
            keeping._forget(export_id)
            return wanted

        patch.setattr(making, "_begin", gone)
        exports.make(number)
    assert in_folder(folder) == []


def test_a_day_later_file_and_row_are_gone(event: Event, asker: Actor, folder: Path) -> None:
    export = exports.ask(asker, event.id, "attendees", "csv", {})
    outbox.deliver_due()
    number = export.id
    with time_machine.travel(clock.now() + timedelta(hours=23)):
        assert exports.sweep() == 0
        assert len(in_folder(folder)) == 1
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1)):
        assert exports.sweep() == 1
    assert in_folder(folder) == []
    extension.session.expire_all()
    assert extension.session.get(Export, number) is None


def test_as_many_statements_as_batches(event: Event, asker: Actor, statements: Any) -> None:
    export = exports.ask(asker, event.id, "orders", "csv", {})
    with statements() as few:
        exports.make(export.id)
    fill(concert(title="Elsewhere"), 5)
    fill_more(event, 400)
    again = exports.ask(asker, event.id, "orders", "csv", {})
    with statements() as many:
        exports.make(again.id)
    assert fresh(again).total == 425
    assert len(many) == len(few)


def fill_more(event: Event, number: int) -> None:
    """Further orders of the event, moved over from one that is like it."""
    other = concert(title="Twin")
    fill(other, number)
    orders = organizer_orders.Order
    extension.session.execute(
        orders.__table__.update().where(orders.event_id == other.id).values(event_id=event.id)
    )
    extension.session.commit()


@pytest.mark.races
def test_runners_that_make_the_same_file_offer_one(
    app: Flask, committed: Any, event: Event, asker: Actor, folder: Path
) -> None:
    export = exports.ask(asker, event.id, "attendees", "csv", {})
    assert crowd.of_threads(app, exports.make, [(export.id,)] * 4) == {"done": 4}
    assert fresh(export).status == "done"
    assert in_folder(folder) == [Path(str(fresh(export).file)).name]
    assert content_of(export).count(b"\r\n") == 26


@pytest.mark.races
def test_clicks_at_the_same_moment_ask_once(app: Flask, committed: Any, event: Event, asker: Actor) -> None:
    asked = (asker, event.id, "orders", "csv", {})
    assert crowd.of_threads(app, exports.ask, [asked] * 6) == {"done": 6}
    assert len(waiting(exports.MAKE)) == 1
