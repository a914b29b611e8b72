"""Merging: records and links become one DAG, in which each row names the source that brought it."""

from taxonomy.merging.merge import add_vocabulary, add_wordnet
from taxonomy.merging.spans import Span, spans

__all__ = ["Span", "add_vocabulary", "add_wordnet", "spans"]
