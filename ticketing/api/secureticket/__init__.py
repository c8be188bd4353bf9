"""SecureTicket's dialect, at ``/api/``: UUIDs, what its administrators see."""
