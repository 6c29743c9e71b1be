"""Files that are whole or absent, tables, FASTA, tensors. Only the standard library at import."""
