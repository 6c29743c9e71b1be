"""How well models predict, for both tasks."""
