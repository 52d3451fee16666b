"""simulator/physics."""
