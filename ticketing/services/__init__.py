"""The write side: nouns for modules, verbs for functions. Everything that decides something lives here."""
