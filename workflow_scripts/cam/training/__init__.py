"""The training loop, its losses and checkpoints, and the choice of units."""
