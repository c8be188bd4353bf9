"""How fast the busiest pages and booking are, beside the floors that nothing on this machine can beat."""
