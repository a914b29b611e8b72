"""People's decisions: read from the files beside a database, and applied at every build and merge."""

from taxonomy.decisions.edges import apply_edges
from taxonomy.decisions.files import LINKS, OTHERS, Decisions, read, record
from taxonomy.decisions.links import decided_links

__all__ = ["LINKS", "OTHERS", "Decisions", "apply_edges", "decided_links", "read", "record"]
