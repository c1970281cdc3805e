"""Room 4: the durable store. Releases, deliveries, attempts, events; states and their table."""
