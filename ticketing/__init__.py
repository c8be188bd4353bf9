"""An event-ticketing platform: one domain, one service layer, several doors."""

from __future__ import annotations

from flask import Flask
from jinja2 import StrictUndefined

from ticketing import config


def create_app(settings: config.Config | None = None) -> Flask:
    """The application, configured from the environment unless settings are given.

    :raises ticketing.config.ConfigurationError: the environment describes nothing that may run.
    """
    from ticketing import api, cli, extensions, health, logs, responses, web
    from ticketing.services import throttle

    app = Flask(__name__)
    app.config.from_object(settings or config.from_environment())
    app.jinja_env.undefined = StrictUndefined
    logs.configure(app)
    responses.init_app(app)
    extensions.init_app(app)
    throttle.init_app(app)
    health.init_app(app)
    web.register_web(app)
    api.register_api(app)
    cli.register_commands(app)
    return app
