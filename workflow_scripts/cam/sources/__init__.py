"""Parsers of the public formats, one module per format."""
