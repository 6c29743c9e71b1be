"""Sequences, intervals, labels, the choice and the split of regions, and the dataset made of them."""
