"""Measurements: each in one run beside a floor on the same files, as ratios. `make bench` prints the tables."""
