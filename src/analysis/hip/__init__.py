"""The hip as physiotherapists measure it: motions, strength, range, symmetry, norms, error, exercises."""
