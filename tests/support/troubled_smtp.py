"""A mail server that can be told to misbehave."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.support.processes import free_port


@dataclass
class Behaviour:
    """What the server does wrong; nothing, unless told.

    ``rcpt`` answers to recipients by their addresses, ``data`` to whole messages. ``hangs_at`` and
    ``dies_at`` are one of ``CONNECT, RCPT, DATA, END`` (the message is there, and not answered), ``QUIT``.
    ``slow``: seconds before a message is accepted.
    """

    rcpt: dict[str, str] = field(default_factory=dict)
    data: str = "250 kept"
    hangs_at: str = ""
    dies_at: str = ""
    slow: float = 0.0


class TroubledServer:
    """Listens between ``start`` and ``stop``; the port stays the same.

    :ivar connections: how often somebody came.
    :ivar kept: the Message-IDs that were accepted, one for each time.
    :ivar seen: the Message-IDs that were handed in, accepted or not.
    """

    def __init__(self) -> None:
        self.host, self.port = "127.0.0.1", free_port()
        self.does = Behaviour()
        self.connections = 0
        self.kept: list[str] = []
        self.seen: list[str] = []
        self.came = threading.Event()
        self._over = threading.Event()
        self._server: socketserver.ThreadingTCPServer | None = None

    def start(self) -> None:
        """Listen, from now on or again."""
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                owner.connections += 1
                _Talk(owner, self.rfile, self.wfile).run()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, block_on_close = True, True, False
            request_queue_size = 50

            def handle_error(self, *_: Any) -> None:
                """Who hung up is no matter."""

        self._over.clear()
        self._server = Server((self.host, self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more; whoever is kept waiting is let go."""
        self._over.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def hang(self) -> None:
        """Keep somebody waiting until the server stops."""
        self.came.set()
        self._over.wait(120)

    def __enter__(self) -> TroubledServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


class _Gone(Exception):
    """The conversation is over without a word."""


class _Talk:
    """One conversation."""

    def __init__(self, server: TroubledServer, reader: Any, writer: Any) -> None:
        self.server, self.reader, self.writer = server, reader, writer

    def run(self) -> None:
        try:
            self._at("CONNECT")
            self._say("220 here")
            while line := self.reader.readline():
                if not self._answer(line.decode().strip()):
                    return
        except (_Gone, OSError):
            return

    def _answer(self, line: str) -> bool:
        verb = line.split(":")[0].split(" ")[0].upper()
        does = self.server.does
        if verb == "RCPT":
            self._at("RCPT")
            address = line.split("<")[1].split(">")[0]
            self._say(does.rcpt.get(address, "250 ok"))
        elif verb == "DATA":
            self._at("DATA")
            self._say("354 go on")
            self._take()
        elif verb == "QUIT":
            self._at("QUIT")
            self._say("221 bye")
            return False
        else:
            self._say("250 ok")
        return True

    def _take(self) -> None:
        lines = []
        while (line := self.reader.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if line == b"":
            raise _Gone  # the sender died
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.seen.append(str(message["Message-ID"]))
        time.sleep(self.server.does.slow)
        answer = self.server.does.data
        if answer.startswith("2"):
            self.server.kept.append(str(message["Message-ID"]))
        self._at("END")
        self._say(answer)

    def _at(self, place: str) -> None:
        if self.server.does.hangs_at == place:
            self.server.hang()
            raise _Gone
        if self.server.does.dies_at == place:
            raise _Gone

    def _say(self, line: str) -> None:
        self.writer.write(f"{line}\r\n".encode())
        self.writer.flush()
