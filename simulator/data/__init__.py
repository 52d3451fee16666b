"""simulator/data."""
