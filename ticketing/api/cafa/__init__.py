"""Cafa's dialect, at ``/api/v1/``: integer ids, slugs, ``details`` in errors."""
