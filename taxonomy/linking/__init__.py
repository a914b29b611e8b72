"""Linking: from a class name to the concept that it means, or to a broader one, with a confidence."""

from taxonomy.linking.linker import Linker

__all__ = ["Linker"]
