"""Whether the process lives, whether it can work, and in figures how it does."""

from __future__ import annotations

import hmac
import time

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ticketing.extensions import db

bp = Blueprint("health", __name__)
_SECONDS = Histogram("http_request_seconds", "Time to answer", ["method", "endpoint"])
_ANSWERS = Counter("http_answers", "Answers by status", ["method", "endpoint", "status"])


@bp.get("/healthz")
def alive() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@bp.get("/readyz")
def ready() -> tuple[dict[str, object], int]:
    """What this process needs answers: the database, and Redis where it is configured."""
    checks = {"database": _database_answers()}
    if current_app.config["REDIS_URL"]:
        checks["redis"] = _redis_answers(current_app.config["REDIS_URL"])
    fine = all(checks.values())
    return {"status": "ok" if fine else "unavailable", "checks": checks}, 200 if fine else 503


@bp.get("/metrics")
def metrics() -> Response:
    """Prometheus figures, to the bearer of ``METRICS_TOKEN``; open in development."""
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and not hmac.compare_digest(token.encode(), given.encode()):
        abort(404)
    if not token and current_app.config["ENVIRONMENT"] == "production":
        abort(404)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis_answers(url: str) -> bool:
    import redis

    try:
        return bool(redis.from_url(url, socket_timeout=2).ping())
    except redis.RedisError:
        return False


def _start_the_clock() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "unknown"
    if "started" in g:
        _SECONDS.labels(request.method, endpoint).observe(time.perf_counter() - g.started)
    _ANSWERS.labels(request.method, endpoint, response.status_code).inc()
    return response


def init_app(app: Flask) -> None:
    """Bind the three pages and the measuring to the application."""
    app.register_blueprint(bp)
    app.before_request(_start_the_clock)
    app.after_request(_count)
