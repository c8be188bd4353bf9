"""BTick: organizations, venues, events, ticket types and bookings, with integer ids."""
