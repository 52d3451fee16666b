"""simulator/agents."""
