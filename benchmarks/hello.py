"""The floor of every page: Flask that says hello, and nothing else."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """The least that an answer can be."""
    return "Hello"
