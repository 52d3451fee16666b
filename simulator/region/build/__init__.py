"""Builds a region from raw layers by a recipe."""
