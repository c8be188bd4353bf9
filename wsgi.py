"""What web servers and ``flask --app wsgi`` load."""

from ticketing import create_app

app = create_app()
