"""The programs behind ``make bench`` work; how fast anything is, is none of the suite's business."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from array import array
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.figures import Sample, Series, percentile, ratio
from ticketing.config import ROOT


class Echo(BaseHTTPRequestHandler):
    """Answers with the status that the path names."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line each."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where an echo answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def sample(rate: int) -> Sample:
    return Sample(1.0, array("d", [1 / rate] * rate), Counter({"200": rate}))


def test_the_load_generator_sends_as_many_as_it_was_told_and_counts_the_answers(port: int) -> None:
    requests = [
        load.request("GET", "/200", port=port),
        load.request("POST", "/400", body=b"x" * 50_000, port=port),
    ]
    seen = load.drive(load.Job(port, requests, connections=4, seconds=20, count=60))
    assert seen.answers == {"200": 30, "400": 30}
    assert len(seen.latencies) == 60
    assert seen.seconds > 0


def test_the_load_generator_stops_when_the_time_is_over(port: int) -> None:
    seen = load.drive(load.Job(port, [load.request("GET", "/200", port=port)], connections=2, seconds=0.2))
    assert 0.1 < seen.seconds < 5


def test_a_server_that_hangs_up_is_no_result(port: int) -> None:
    with pytest.raises(load.Unusable):
        load.drive(load.Job(port, [b"nonsense\r\n\r\n"], connections=1))


def test_a_ratio_is_the_median_over_neighbouring_rounds() -> None:
    floor = Series([sample(100), sample(50), sample(100)])
    shop = Series([sample(10), sample(10), sample(90)])
    assert ratio(shop, floor) == pytest.approx(0.2)


def test_percentiles() -> None:
    assert percentile(range(1000), 0.99) == 990
    assert percentile([], 0.5) == 0


def test_a_quick_run_measures_both_sides(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [
        sys.executable, "-m", "benchmarks", "--quick", "--database", "sqlite", "--only", "one quota",
        "--rounds", "1", "--seconds", "0.3", "--json", str(figures),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    (booking,) = json.loads(figures.read_text())
    assert booking["shop"]["rate"] > 0
    assert booking["floor"]["rate"] > 0
    assert set(booking["shop"]["answers"]) == {"201"}
