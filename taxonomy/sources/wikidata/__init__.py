"""Wikidata, as it comes: the JSON dump, "truthy" N-Triples, KGTK's tables, and what its query service answers.

Each module with a `FORMAT` reads one of them; all choose with `hierarchy` and make classes with `entity`.
"""
