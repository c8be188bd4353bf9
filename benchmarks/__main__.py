"""``python -m benchmarks``: measure, print, and say by the exit code whether all was answered right."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import signal
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import NoReturn

from benchmarks import burst
from benchmarks.measures import AIMS, NAMES, Measured, Plan, measure_all
from benchmarks.places import KINDS

_HEAD = (
    f"{'':<24}{'req/s':>8}{'median':>9}{'p99':>9}{'cpu':>8}  │{'req/s':>8}{'median':>9}{'p99':>9}{'cpu':>8}"
    f"  │{'ratio':>7}{'aim':>6}"
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="two short rounds: does it work, roughly how fast"
    )
    parser.add_argument(
        "--burst", action="store_true", help="1,000 requests at once for 200 tickets, no measuring"
    )
    parser.add_argument("--database", choices=KINDS, action="append", help="only this one (may be repeated)")
    parser.add_argument(
        "--only", metavar="TEXT", action="append", help="only measures with this in their name"
    )
    parser.add_argument("--rounds", type=int, help="pairs of rounds of each measure")
    parser.add_argument("--seconds", type=float, help="length of a round")
    parser.add_argument("--workers", metavar="N", help="web workers, instead of the supervisor's choice")
    parser.add_argument("--threads", metavar="N", help="threads of each worker, likewise")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> Plan:
    usual = Plan(rounds=2, seconds=1.0, warm_up=0.3) if options.quick else Plan()
    wanted = [text.lower() for text in options.only or [""]]
    chosen = {"WEB_WORKERS": options.workers, "WEB_THREADS": options.threads}
    return Plan(
        rounds=options.rounds or usual.rounds,
        seconds=options.seconds or usual.seconds,
        warm_up=usual.warm_up,
        names=tuple(name for name in NAMES if any(text in name.lower() for text in wanted)),
        settings={name: value for name, value in chosen.items() if value},
    )


def _line(result: Measured) -> str:
    cells = [f"{result.name:<24}"]
    for series in (result.floor, result.subject):
        cells.append(
            f"{series.rate:>8.0f}{series.latency(0.5) * 1e3:>9.2f}{series.latency(0.99) * 1e3:>9.2f}"
            f"{series.cpu_each * 1e3:>8.2f}  │"
        )
    missed = "" if result.reaches_aim else "  below the aim"
    cells.append(f"{result.ratio:>7.1%}{AIMS[result.name]:>6.0%}{missed}")
    if result.wrong_answers:
        cells.append(f"  WRONG ANSWERS: {result.wrong_answers}")
    return "".join(cells)


def _report(result: Measured) -> None:
    print(_line(result), flush=True)


def _measure(kinds: list[str], plan: Plan, executor: Executor) -> list[Measured]:
    results = []
    cores, system = os.cpu_count(), f"{platform.system()} {platform.machine()}"
    print(f"{cores} cores, {system}, Python {platform.python_version()};")
    print(
        f"{plan.rounds} rounds of {plan.seconds:g} s each of floor and shop by turns; times and cpu in ms\n"
    )
    for kind in kinds:
        print(f"{kind:<24}{'floor':>34}  │{'shop':>34}  │\n{_HEAD}", flush=True)
        results += measure_all(kind, plan, executor, _report)
        print(flush=True)
    return results


def _as_json(results: list[Measured]) -> str:
    def figures(result: Measured) -> dict[str, object]:
        sides = {"floor": result.floor, "shop": result.subject}
        return {"database": result.database, "name": result.name, "ratio": result.ratio} | {
            side: {
                "rate": series.rate,
                "median": series.latency(0.5),
                "p99": series.latency(0.99),
                "cpu": series.cpu_each,
                "load_program": series.driver_share,
                "answers": dict(series.answers),
            }
            for side, series in sides.items()
        }

    return json.dumps([figures(result) for result in results], indent=1)


def _burst(kinds: list[str], executor: Executor) -> int:
    outcomes = []
    for kind in kinds:
        outcomes.append(outcome := burst.run(kind, executor))
        print(outcome, flush=True)
    return 1 if any(outcome.faults for outcome in outcomes) else 0


def _end(_sign: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    """:returns: 0 when all answers were the right ones; slowness is printed, and no failure."""
    options = _arguments()
    kinds = options.database or list(KINDS)
    signal.signal(signal.SIGTERM, _end)
    context = multiprocessing.get_context("spawn")
    workers = max(2, os.cpu_count() or 2)
    try:
        with ProcessPoolExecutor(workers, mp_context=context) as executor:
            if options.burst:
                return _burst(kinds, executor)
            results = _measure(kinds, _plan(options), executor)
    except KeyboardInterrupt:
        return 130
    if options.json:
        options.json.write_text(_as_json(results))
    return 1 if any(result.wrong_answers for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
