"""Soil maps from scattered samples: tables, maps as files, scores."""
