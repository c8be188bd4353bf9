"""A wire between a browser and the server that can be cut, and one over which answers get lost."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit


class Wire:
    """Passes bytes on from a port of its own to the server. ``url`` is what the browser is told.

    Cut, the port refuses connections. While ``is_mute``, what is sent arrives at the server and no answer
    comes back.
    """

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        self._server = (str(parts.hostname), int(parts.port or 80))
        self._open: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        self._port = 0
        self.is_mute = False
        self.was_cut = False
        self.mend()
        self.url = f"http://127.0.0.1:{self._port}"

    def mend(self) -> None:
        """Listen, on the same port as before."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        listening.listen(64)
        self._port = listening.getsockname()[1]
        self._listening = listening
        self.is_mute = False
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """Refuse connections, and end those that there are."""
        self.was_cut = True
        if self._listening is not None:
            # Closing alone does not wake the thread that waits in it.
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        self._hang_up()

    def mute(self) -> None:
        """From now on questions arrive and answers do not."""
        self.was_cut = self.is_mute = True

    def _hang_up(self) -> None:
        for one in tuple(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                browser, _ = listening.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return
            self._open |= {browser, server}
            for source, target, is_answer in ((browser, server, False), (server, browser, True)):
                threading.Thread(target=self._pass_on, args=(source, target, is_answer), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while said := source.recv(65536):
                if not (is_answer and self.is_mute):
                    target.sendall(said)
        for one in (source, target):
            self._open.discard(one)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextlib.contextmanager
def stretched(server_url: str) -> Iterator[Wire]:
    """A wire to that server for as long as the block lasts."""
    wire = Wire(server_url)
    try:
        yield wire
    finally:
        wire.cut()
