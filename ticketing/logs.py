"""Logs: one JSON object a line in production, readable lines elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from flask import Flask, g, has_request_context


def _with_request_id(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    if has_request_context() and "request_id" in g:
        event.setdefault("request_id", g.request_id)
    return event


def configure(app: Flask) -> None:
    """Send everything that is logged to standard error in one form."""
    in_production = app.config["ENVIRONMENT"] == "production"
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request_id,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    rendering: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if in_production
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logger = logging.getLogger("ticketing")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = app.config["TESTING"]
