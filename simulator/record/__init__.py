"""simulator/record."""
