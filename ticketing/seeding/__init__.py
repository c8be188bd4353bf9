"""Demo data. Imported by the seed command only: it brings libraries along that nothing else needs."""

from ticketing.seeding.counts import CannotSeed, Counts
from ticketing.seeding.run import seed, seed_if_empty

__all__ = ["CannotSeed", "Counts", "seed", "seed_if_empty"]
