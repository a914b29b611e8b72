"""Merging: records and links become one DAG, in which each row names the source that brought it."""

from taxonomy.merging.knowledge import add_knowledge
from taxonomy.merging.merge import add_vocabulary, add_wordnet
from taxonomy.merging.names import add_names

__all__ = ["add_knowledge", "add_names", "add_vocabulary", "add_wordnet"]
