"""The JSON doors: the one page that shows which URL belongs to whom."""

from __future__ import annotations

from flask import Flask


def register_api(app: Flask) -> None:
    """Bind every dialect's routes to the application."""
