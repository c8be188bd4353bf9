"""Servers and tools that tests stand on."""
