"""What a calibration is worth: variants side by side, its files and pictures."""
