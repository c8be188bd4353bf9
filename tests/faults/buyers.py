"""Buyers that do not give up when the shop falls over, and remember what it had confirmed to them."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Buyers:
    """Several threads that order single tickets of one offer, each as fast as it is answered.

    :ivar orders: ids of the orders that were answered with 201.
    :ivar answers: how often each status came; ``lost`` are requests without an answer.
    """

    port: int
    offer: int
    tokens: Sequence[str]
    orders: list[int] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def buying(self) -> Iterator[None]:
        """They buy while the block runs; all have stopped at its end."""
        threads = [threading.Thread(target=self._buy, args=(token,)) for token in self.tokens]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(60)

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Until so many more orders have been confirmed.

        :raises TimeoutError: the shop does not sell.
        """
        wanted, end = len(self.orders) + more, time.monotonic() + seconds
        while len(self.orders) < wanted:
            if time.monotonic() > end:
                raise TimeoutError(f"no {more} orders in {seconds:g} s: {dict(self.answers)}")
            time.sleep(0.05)

    def _buy(self, token: str) -> None:
        while not self._over.is_set():
            try:
                status, body = self._order(token)
            except (OSError, http.client.HTTPException):
                self.answers["lost"] += 1
                time.sleep(0.1)
                continue
            self.answers[str(status)] += 1
            if status == 201:
                self.orders.append(json.loads(body)["id"])

    def _order(self, token: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                "POST",
                "/api/v1/bookings/",
                json.dumps({"event_ticket": self.offer, "quantity": 1}),
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
