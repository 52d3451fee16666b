"""Pages that stand alone: one HTML file with its style, script and pictures, and no network."""
