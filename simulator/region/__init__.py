"""simulator/region."""
