"""Accounts: registering and getting tokens."""
