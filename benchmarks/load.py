"""The load generator: keep-alive connections in a closed loop, one thread, nothing parsed that need not be.

It runs in a process of its own and takes some tens of microseconds a request, so that the two cores are left
to what is measured. Its own use of the processor is reported beside the figures.
"""

from __future__ import annotations

import gc
import selectors
import socket
import time
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import Sample

_PATIENCE = 30.0
_HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"


class Unusable(RuntimeError):
    """The server said something that is no HTTP answer, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to send where.

    Ends after ``seconds``, or after ``count`` requests, whichever comes first; requests are taken in turn.
    """

    port: int
    requests: Sequence[bytes]
    connections: int = 16
    seconds: float = 2.0
    count: int | None = None
    first: int = 0


def request(
    method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"", *, port: int
) -> bytes:
    """The bytes of one request."""
    fields = {"Host": f"127.0.0.1:{port}", **(headers or {})}
    if body:
        fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


class _Connection:
    """One keep-alive connection with at most one request under way."""

    __slots__ = ("_port", "_socket", "missing", "received", "sent_at")

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._open()
        self.received = bytearray()
        self.missing: int | None = None
        self.sent_at = 0.0

    def _open(self) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        self.received.clear()
        self.missing = None
        self.sent_at = time.perf_counter()
        self._socket.sendall(data)

    def receive(self) -> str | None:
        """Take what has come; the status once the answer is complete.

        :raises Unusable: the server closed the connection in the middle, or sends no HTTP.
        """
        part = self._socket.recv(262_144)
        if not part:
            raise Unusable("the server closed the connection before its answer was complete")
        self.received += part
        if self.missing is None:
            end = self.received.find(_HEAD_END)
            if end < 0:
                return None
            self.missing = _length(bytes(self.received[:end]).lower(), end + len(_HEAD_END))
        complete = (
            self.received.endswith(_LAST_CHUNK) if self.missing < 0 else len(self.received) >= self.missing
        )
        return self.received[9:12].decode() if complete else None

    def close(self) -> None:
        self._socket.close()


def _length(head: bytes, head_length: int) -> int:
    """Bytes of the whole answer; −1 when it comes in chunks."""
    if b"connection: close" in head:
        raise Unusable("the server does not keep connections")
    place = head.find(b"content-length:")
    if place < 0:
        if b"transfer-encoding: chunked" in head:
            return -1
        raise Unusable(f"an answer without a length: {head[:80]!r}")
    return head_length + int(head[place + 15 :].split(b"\r\n", 1)[0])


class _Drive:
    """One run of a job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.latencies, self.answers = array("d"), Counter[str]()
        self.next = job.first
        self.selector = selectors.DefaultSelector()
        self.started = self.ended = 0.0

    def run(self) -> None:
        connections = [_Connection(self.job.port) for _ in range(self.job.connections)]
        try:
            for connection in connections:
                self.selector.register(connection, selectors.EVENT_READ, connection)
            self.started = time.perf_counter()
            self._loop(sum(self._send_next(connection) for connection in connections))
        finally:
            for connection in connections:
                connection.close()
            self.selector.close()

    def _send_next(self, connection: _Connection) -> bool:
        """Send one more request, unless enough were sent."""
        job = self.job
        sent = self.next - job.first
        if job.count is not None and sent >= job.count:
            return False
        if time.perf_counter() - self.started >= job.seconds:
            return False
        self.next += 1
        connection.send(job.requests[(self.next - 1) % len(job.requests)])
        return True

    def _loop(self, under_way: int) -> None:
        while under_way:
            ready = self.selector.select(_PATIENCE)
            if not ready:
                raise Unusable(f"no answer for {_PATIENCE:g} seconds")
            for key, _mask in ready:
                connection: _Connection = key.data
                status = connection.receive()
                if status is None:
                    continue
                self.ended = time.perf_counter()
                self.latencies.append(self.ended - connection.sent_at)
                self.answers[status] += 1
                if not self._send_next(connection):
                    # An idle connection would keep a place that others wait for: servers bound them.
                    under_way -= 1
                    self.selector.unregister(connection)
                    connection.close()


def drive(job: Job) -> Sample:
    """Do the job, and wait for the answers to all that was sent.

    :raises Unusable: a server closed a connection, hung, or sent no HTTP.
    """
    gc.disable()
    used, run = time.process_time(), _Drive(job)
    try:
        run.run()
    finally:
        gc.enable()
    return Sample(
        seconds=run.ended - run.started,
        latencies=run.latencies,
        answers=run.answers,
        driver_cpu=time.process_time() - used,
    )
