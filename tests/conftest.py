"""Options and life cycle of a test run. The fixtures stand in ``tests/support/fixtures.py``."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from tests.support.databases import KINDS
from tests.support.fixtures import *  # noqa: F403 (fixtures are found by name)
from tests.support.run import Run, clean_environment
from tests.support.stripe_fixtures import *  # noqa: F403

_RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        default="sqlite",
        help="run tests that need a database on these, separated by commas: sqlite, postgresql",
    )


def _chosen(config: pytest.Config) -> list[str]:
    names = [name.strip() for name in config.getoption("--database").split(",")]
    if unknown := set(names) - set(KINDS):
        raise pytest.UsageError(f"--database takes {' and '.join(KINDS)}, not {', '.join(unknown)}")
    return names


def _interrupt(_sign: int, _frame: object) -> None:
    raise KeyboardInterrupt


def pytest_configure(config: pytest.Config) -> None:
    shared: dict[str, str] | None = getattr(config, "workerinput", {}).get("run")
    if shared is not None:
        config.stash[_RUN] = Run(shared)
    else:
        signal.signal(signal.SIGTERM, _interrupt)  # ended from outside, the run clears up all the same
        wanted = "postgresql" in _chosen(config) and not config.option.collectonly
        config.stash[_RUN] = Run.begin(postgresql=wanted)
    clean_environment(config.stash[_RUN].folder / "instance" / os.environ.get("PYTEST_XDIST_WORKER", "main"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker of pytest-xdist is about to start."""
    node.workerinput["run"] = node.config.stash[_RUN].shared


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _RUN in config.stash:
        config.stash[_RUN].end()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that needs a database runs once on each chosen one."""
    if "database" not in metafunc.fixturenames:
        return
    names = _chosen(metafunc.config)
    if metafunc.definition.get_closest_marker("one_database"):
        names = names[:1]
    metafunc.parametrize("database", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """This test run: its folder and its database servers."""
    return pytestconfig.stash[_RUN]
