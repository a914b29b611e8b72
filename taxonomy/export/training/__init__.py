"""Formats that training code reads: label lists and maps, hierarchies, category files."""
