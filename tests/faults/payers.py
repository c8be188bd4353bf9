"""People who order, pay at the payment provider and try again when the shop falls over."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.support.stripe_standin import Refused, StripeStandIn

#: Seconds for which somebody says a request again: longer than the shop needs to come back.
_PATIENCE = 180.0


class Payers:
    """As many people as there are tokens, served by a few threads.

    Of twenty, fourteen pay, one pays twice over, one pays long after, two are declined, one walks away and
    one wants the money back. Each says every request again until there is an answer, with the same
    ``Idempotency-Key``; the provider tells the shop once, whether somebody listens or not.

    :ivar answers: how often each status came; ``lost`` are requests without an answer.
    :ivar late: intents that are paid when their holds have ended.
    """

    def __init__(self, port: int, house: dict[str, Any], stripe: StripeStandIn) -> None:
        self.port, self.house, self.stripe = port, house, stripe
        self.answers: Counter[str] = Counter()
        self.late: list[str] = []
        self.done = 0
        self._people: queue.Queue[int] = queue.Queue()
        for number in range(len(house["tokens"])):
            self._people.put(number)

    @contextlib.contextmanager
    def at_it(self, threads: int = 16) -> Iterator[None]:
        """They buy while the block runs; its end waits for the last of them."""
        crowd = [threading.Thread(target=self._serve) for _ in range(threads)]
        for thread in crowd:
            thread.start()
        try:
            yield
        finally:
            for thread in crowd:
                thread.join(300)

    @property
    def all_served(self) -> bool:
        """Nobody waits any more."""
        return self.done >= len(self.house["tokens"])

    def wait_for_answers(self, more: int, patience: float) -> bool:
        """Until the shop has answered so many more requests; False when nobody waits any more, or in vain."""
        wanted, end = self.answered + more, time.monotonic() + patience
        while self.answered < wanted:
            if self.all_served or time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    @property
    def answered(self) -> int:
        """How many requests were answered at all."""
        return sum(number for word, number in self.answers.items() if word not in ("lost", "webhook 0"))

    def _serve(self) -> None:
        while True:
            try:
                number = self._people.get_nowait()
            except queue.Empty:
                return
            try:
                self._visit(number)
            finally:
                self.done += 1

    def _visit(self, number: int) -> None:
        status, order = self._ask(number, "/api/orders/", self._wish(number), key=f"order-{number}")
        if status != 201:
            return
        path = f"/api/orders/{order['id']}/"
        status, intent = self._ask(number, f"{path}create-payment-intent/", {}, key=f"pay-{number}")
        if status != 200:
            return
        reference = intent["payment_intent"]["payment_intent_id"]
        time.sleep(number % 7)  # people look for their cards
        habit = number % 20
        if habit in (0, 1):
            self._tell(self.stripe.decline(reference))
        elif habit == 2:
            self.late.append(reference)
        elif habit != 3:
            self._pay(reference)
            if habit == 4:
                self._ask(number, f"{path}refund/", {}, key=f"refund-{number}", patience=1)
            elif habit == 5:
                self._tell(self.stripe.events[-1:])

    def _wish(self, number: int) -> dict[str, Any]:
        item = {
            "ticket_type_id": self.house["ticket_type"],
            "ticket_tier_id": self.house["tiers"][number % 2],
            "quantity": 1,
        }
        email = f"buyer{number}@example.com"
        return {"event": self.house["event"], "buyer_email": email, "items": [item]}

    def _pay(self, reference: str) -> None:
        with contextlib.suppress(Refused):
            self._tell(self.stripe.pay(reference))

    def _tell(self, events: list[Any]) -> None:
        for status in self.stripe.deliver(*events, to=f"http://127.0.0.1:{self.port}/api/webhooks/stripe/"):
            self.answers[f"webhook {status}"] += 1

    def pay_late(self) -> None:
        """Those who took their time pay now."""
        for reference in self.late:
            self._pay(reference)

    def _ask(
        self, number: int, path: str, body: dict[str, Any], *, key: str, patience: float = _PATIENCE
    ) -> tuple[int, Any]:
        end = time.monotonic() + patience
        while True:
            status, answer = 0, b""
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = self._once(number, path, body, key)
            self.answers[str(status) if status else "lost"] += 1
            if 0 < status < 500 or time.monotonic() > end:
                return status, json.loads(answer or b"{}")
            time.sleep(0.2)

    def _once(self, number: int, path: str, body: dict[str, Any], key: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Authorization": f"Bearer {self.house['tokens'][number]}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
