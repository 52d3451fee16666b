"""Predictions of built-up land held against maps: scores, nulls, landscape metrics, pictures."""
