"""What units read, and what the model uses them for."""
