"""Artificial sequences, and the motifs in them."""
