"""The stand-in as a test holds it."""

from __future__ import annotations

import copy
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support.stripe_standin.books import Books, Refused, Thing, new_id
from tests.support.stripe_standin.browser import SCRIPT, from_browser
from tests.support.stripe_standin.requests import Answer, Asked, carry_out, read_form
from tests.support.stripe_standin.server import Door
from tests.support.stripe_standin.trouble import Queue, Trouble, failing


@dataclass(frozen=True)
class Told:
    """An event, as it stood when it happened."""

    event_id: str
    kind: str
    body: bytes


class StripeStandIn:
    """Listens on loopback while it is used as a context manager.

    :ivar requests: what was asked, oldest first.
    :ivar events: what there was to tell, oldest first.
    :ivar webhook_url: when set, each event is sent there by itself as soon as it happens; ``wait()`` for it.
    """

    def __init__(self) -> None:
        self.key = f"sk_test_{secrets.token_hex(16)}"
        self.webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self.webhook_url: str | None = None
        self.requests: list[Asked] = []
        self.events: list[Told] = []
        self.books = Books(self._note)
        self._lock = threading.RLock()
        self._trouble = Queue()
        self._answers: dict[str, tuple[str, Thing, Answer]] = {}
        self._delivered: set[str] = set()
        self._senders: list[threading.Thread] = []
        self._is_over = threading.Event()
        self._door = Door(self._handle)
        self.url = self._door.url

    def __enter__(self) -> StripeStandIn:
        self._door.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._is_over.set()
        self.wait()
        self._door.__exit__()

    @property
    def publishable(self) -> str:
        """The key that payers' browsers show."""
        return self.key.replace("sk_", "pk_")

    @property
    def settings(self) -> dict[str, Any]:
        """For ``app.config``."""
        return {
            "PAYMENT_GATEWAY": "stripe",
            "STRIPE_SECRET_KEY": self.key,
            "STRIPE_PUBLISHABLE_KEY": self.publishable,
            "STRIPE_JS": f"{self.url}{SCRIPT}",
            "STRIPE_WEBHOOK_SECRET": self.webhook_secret,
            "STRIPE_API_BASE": self.url,
            "STRIPE_TIMEOUT": 10.0,
        }

    @property
    def environment(self) -> dict[str, str]:
        """For the environment of another process."""
        return {name: str(value) for name, value in self.settings.items()}

    # -- what happens at Stripe ------------------------------------------------------------------------------

    def pay(self, reference: str) -> list[Told]:
        """The payer pays; what Stripe tells of it.

        :raises Refused: it is cancelled or paid.
        """
        return self._telling(lambda: self.books.pay(reference))

    def decline(self, reference: str, code: str = "card_declined") -> list[Told]:
        """The payer's card is refused; they may try another one."""
        return self._telling(lambda: self.books.decline(reference, code))

    def cancel_in_dashboard(self, reference: str) -> list[Told]:
        """Somebody cancels it at Stripe."""
        return self._telling(lambda: self.books.cancel(reference))

    def refund_in_dashboard(self, reference: str, amount: int | None = None) -> list[Told]:
        """Somebody gives it back at Stripe: ``amount`` in Stripe's units, or all that is left."""
        asked = {"payment_intent": reference} | ({"amount": str(amount)} if amount is not None else {})
        return self._telling(lambda: self.books.refund(asked))

    def put(self, reference: str, **fields: Any) -> None:
        """Set fields of an intent or a refund without a word to anybody: ``status="processing"``."""
        with self._lock:
            kept: Any = self.books.refunds if reference.startswith("re_") else self.books.intents
            kept[reference].update(fields)

    def tell(self, kind: str, about: Thing) -> Told:
        """Have something else to tell: ``tell("charge.dispute.created", {…})``."""
        with self._lock:
            return self._note(kind, about)

    def _telling(self, deed: Any) -> list[Told]:
        with self._lock:
            before = len(self.events)
            deed()
            return self.events[before:]

    def _note(self, kind: str, about: Thing) -> Told:
        name = new_id("evt")
        event = {
            "id": name, "object": "event", "api_version": "2026-10-28.endive", "created": int(time.time()),
            "data": {"object": copy.deepcopy(about)}, "livemode": False, "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None}, "type": kind,
        }  # fmt: skip
        told = Told(name, kind, json.dumps(event, indent=2).encode())
        self.events.append(told)
        if self.webhook_url:
            sender = threading.Thread(target=self.deliver, args=(told,), daemon=True)
            self._senders.append(sender)
            sender.start()
        return told

    # -- what Stripe tells -----------------------------------------------------------------------------------

    def signed(self, told: Told, *, at: float | None = None, secret: str | None = None) -> tuple[bytes, str]:
        """Body and ``Stripe-Signature``, as of now or of another time."""
        return told.body, self.signature(told.body, at=at, secret=secret)

    def signature(self, body: bytes, *, at: float | None = None, secret: str | None = None) -> str:
        """``t=<seconds>,v1=<hex HMAC-SHA256 over "t.body">``."""
        moment = int(time.time() if at is None else at)
        key = (secret or self.webhook_secret).encode()
        return f"t={moment},v1={hmac.digest(key, f'{moment}.'.encode() + body, 'sha256').hex()}"

    def deliver(self, *told: Told, to: str | None = None) -> list[int]:
        """Send these events in this order, the same one twice if it is named twice, or else all that were not
        sent yet; the statuses that came back, 0 where nothing did.
        """
        url = to or self.webhook_url
        assert url, "nobody listens: set webhook_url, or say where to"
        with self._lock:
            due = told or [one for one in self.events if one.event_id not in self._delivered]
            self._delivered.update(one.event_id for one in due)
        return [self._post(url, one) for one in due]

    def _post(self, url: str, told: Told) -> int:
        body, signature = self.signed(told)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        request = urllib.request.Request(url, body, headers)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def wait(self) -> None:
        """Until everything that is on its way to ``webhook_url`` has arrived."""
        while self._senders:
            self._senders.pop().join()

    # -- what goes wrong -------------------------------------------------------------------------------------

    def fail_next(
        self, times: int = 1, *, status: int = 500, body: bytes | None = None, at: str = ""
    ) -> None:
        """Answer the next requests (of those whose ``POST /v1/refunds`` holds ``at``) so, undone."""
        self._order(Trouble(at, times, instead=failing(status, body)))

    def hang_next(self, seconds: float, times: int = 1, *, at: str = "") -> None:
        """Wait before the work, which is done all the same, whether somebody still listens or not."""
        self._order(Trouble(at, times, hang=seconds))

    def drop_next(self, times: int = 1, *, at: str = "") -> None:
        """Do the work, then cut the connection instead of answering."""
        self._order(Trouble(at, times, is_dropped=True))

    def repeat_next(self, times: int = 1, *, at: str = "") -> None:
        """Let the request arrive twice, as some proxies have it; the second answer is sent."""
        self._order(Trouble(at, times, is_done_twice=True))

    def calm_down(self) -> None:
        """Forget what was ordered of these."""
        with self._lock:
            self._trouble.waiting.clear()

    def _order(self, trouble: Trouble) -> None:
        with self._lock:
            self._trouble.waiting.append(trouble)

    def forget_keys(self) -> None:
        """A day passes: Stripe keeps idempotency keys no longer."""
        with self._lock:
            self._answers.clear()

    # -- what is asked ---------------------------------------------------------------------------------------

    def asked(self, at: str) -> list[Asked]:
        """The requests whose ``POST /v1/refunds`` holds this."""
        return [one for one in self.requests if at in one.line]

    def _handle(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, port: int
    ) -> Answer | None:
        parts = urlsplit(url)
        params = read_form(body.decode() if method == "POST" else parts.query)
        asked = Asked(method, parts.path, params, headers.get("Idempotency-Key"), port)
        with self._lock:
            self.requests.append(asked)
            trouble = self._trouble.next_for(asked.line)
        if trouble.hang:
            self._is_over.wait(trouble.hang)
        with self._lock:
            answer = trouble.instead or from_browser(self.books, self.publishable, asked)
            answer = answer or self._answer(asked, headers)
            if trouble.is_done_twice:
                answer = self._answer(asked, headers)
        asked.status = answer.status
        return None if trouble.is_dropped else answer

    def _answer(self, asked: Asked, headers: Mapping[str, str]) -> Answer:
        given = headers.get("Authorization", "")
        if given != f"Bearer {self.key}":
            shown = f"{given[7:15]}****{given[-4:]}" if given else "none"
            return Answer.refusing(Refused(401, f"Invalid API Key provided: {shown}"))
        if asked.method != "POST" or not asked.idempotency_key:
            return self._done(asked)[0]
        if known := self._answers.get(asked.idempotency_key):
            return self._replayed(asked, *known)
        answer, is_kept = self._done(asked)
        if is_kept:
            self._answers[asked.idempotency_key] = (asked.line, asked.params, answer)
        return answer

    def _replayed(self, asked: Asked, line: str, params: Thing, answer: Answer) -> Answer:
        if (asked.line, asked.params) != (line, params):
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{asked.idempotency_key}'."
            )
            return Answer.refusing(Refused(400, message, type="idempotency_error"))
        asked.is_replayed = True
        return Answer(answer.status, answer.body, {"Idempotent-Replayed": "true"})

    def _done(self, asked: Asked) -> tuple[Answer, bool]:
        """The answer, and whether it stays the answer for this key."""
        try:
            return Answer.of(200, carry_out(self.books, asked)), True
        except Refused as refused:
            return Answer.refusing(refused), refused.is_kept
