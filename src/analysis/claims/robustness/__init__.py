"""Every other way in which a primary claim could have been estimated, and whether its reading moves."""
