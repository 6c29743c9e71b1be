"""The simulated worlds, in the formats of the real sources."""
