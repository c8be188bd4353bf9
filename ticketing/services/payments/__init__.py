"""Payments: starting one, learning how it ended, and never losing one."""
