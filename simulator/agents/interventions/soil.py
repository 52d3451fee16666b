"""Interventions on the soil itself."""
