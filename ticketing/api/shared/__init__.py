"""URLs that belong to more than one dialect: one view each, where the dialect is told."""
