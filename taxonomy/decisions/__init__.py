"""People's decisions: read from the files beside a database, and applied at every build and merge."""

from taxonomy.decisions.edges import apply_edges
from taxonomy.decisions.files import LINKS, OTHERS, Decisions, mark_flaw, read, record, record_other
from taxonomy.decisions.links import decided_links
from taxonomy.decisions.marks import apply_marks
from taxonomy.decisions.rules import apply_rules

__all__ = [
    "LINKS",
    "OTHERS",
    "Decisions",
    "apply_edges",
    "apply_marks",
    "apply_rules",
    "decided_links",
    "mark_flaw",
    "read",
    "record",
    "record_other",
]
