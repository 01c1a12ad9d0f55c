"""What the primary models say beyond one number: curves, mixes, regions, runners, predictions."""
