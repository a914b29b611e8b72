"""Vocabulary files that several tests make and read."""

from pathlib import Path

from taxonomy.concept import SourceClass
from taxonomy.sources import read

TENCENT = "category_index\tcategory_id\tindex_of_parent_category\tcategory name\n"


def classes(path: Path) -> tuple[SourceClass, ...]:
    """Read a file that has nothing wrong with it."""
    reading = read(path)
    assert not reading.quarantined
    return reading.vocabulary.classes


def images(root: Path, *names: str) -> Path:
    """Make an image folder."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"\xff\xd8")
    return root
