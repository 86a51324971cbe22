"""Measurements beside the peers, in one run, as ratios. See docs/architecture.md."""
