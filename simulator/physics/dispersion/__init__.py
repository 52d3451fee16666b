"""simulator/physics/dispersion."""
