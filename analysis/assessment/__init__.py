"""Assessment of a run: capacity, risk to health and to ecosystems, grades and zones."""
