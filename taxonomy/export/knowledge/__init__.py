"""Formats of graphs and knowledge bases: the whole taxonomy for other programs to read."""
