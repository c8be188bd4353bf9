"""Background work: plain functions that any number of runners may call at once."""
