"""What the operator sees: progress while it runs, and a table of what was made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from rich import box, progress
from rich.console import Console
from rich.table import Table

from ticketing.seeding.bulk import Advance
from ticketing.seeding.people import DEMO_ACCOUNTS, DEMO_PASSWORD


class Progress:
    """A bar for each step; nothing at all where nobody looks (no terminal)."""

    def __init__(self, console: Console) -> None:
        columns = (
            progress.TextColumn("{task.description:<10}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
        )
        self._bars = progress.Progress(*columns, console=console, disable=not console.is_terminal)

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bars.stop()

    @contextlib.contextmanager
    def step(self, name: str, total: int) -> Iterator[Advance]:
        """``advance(n)`` moves the bar of this step; it is full at the end."""
        task = self._bars.add_task(name, total=max(total, 1))

        def advance(number: int) -> None:
            self._bars.advance(task, number)

        yield advance
        self._bars.update(task, completed=max(total, 1))


def show_figures(console: Console, figures: Mapping[str, int], seconds: float) -> None:
    """The closing table: what was made, and how long it took."""
    table = Table("Made", "Number", box=box.SIMPLE_HEAD, title=f"Demo data, in {seconds:.1f} s")
    table.columns[1].justify = "right"
    for name, number in figures.items():
        table.add_row(name, f"{number:,}")
    console.print(table)


def show_accounts(console: Console) -> None:
    """Who can sign in."""
    table = Table("E-mail", "Is", box=box.SIMPLE_HEAD, title=f"Demo accounts, password {DEMO_PASSWORD}")
    for email, _first, _last, what, _columns in DEMO_ACCOUNTS:
        table.add_row(email, what)
    console.print(table)
