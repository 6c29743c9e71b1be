"""The checked configuration, where files lie, environments, provenance: nothing but what Snakemake's own Python has."""
