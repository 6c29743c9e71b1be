"""Motifs in files and in sequences, filters to motifs, and motif comparison."""
