"""Rules of the house that no linter knows. Import rules stand in ``setup.cfg``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ticketing.config import ROOT

SOURCES = sorted((ROOT / "ticketing").rglob("*.py"))
LONGEST_MODULE, LONGEST_FUNCTION = 320, 45
DOORS = ("web", "api", "cli.py", "health.py", "logs.py", "responses.py")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "ticketing"))


def lines_with(pattern: str, *, but: tuple[str, ...]) -> list[str]:
    """``file:line`` of everything that matches, outside of some files and folders."""
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in SOURCES
        if not name_of(path).startswith(but)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_only_the_transaction_module_begins_and_commits() -> None:
    begun = lines_with(r"session(\(\))?\.(commit|begin)\(|exec_driver_sql\(.*BEGIN", but=("transaction.py",))
    assert begun == []


def test_only_the_clock_knows_what_time_it_is() -> None:
    assert lines_with(r"datetime\.(now|utcnow|today)\(|\bdate\.today\(", but=("clock.py",)) == []


def test_nothing_behind_the_doors_reads_the_request() -> None:
    assert lines_with(r"from flask import .*\b(request|session|g)\b", but=DOORS) == []


def test_rows_are_never_looked_up_in_a_way_that_forgets_the_rules_of_loading() -> None:
    """``Model.query`` is the old way, and hides statements from those who look for them."""
    assert lines_with(r"\b[A-Z]\w+\.query\.", but=()) == []


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_modules_and_functions_stay_short(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= LONGEST_MODULE
    assert {name: length for name, length in functions(source) if length > LONGEST_FUNCTION} == {}


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Each function and its lines, docstring not counted."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - len(docstring.splitlines())
