"""Comparison of runs of one region: tables, maps, pictures and a page."""
