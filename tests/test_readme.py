"""The README's table of exports is whole, and names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

from taxonomy.export import formats

ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"^\| (`[a-z].*?`) \|.*\| (\[`.*\)) \|$", re.MULTILINE)


def test_every_export_is_in_the_readme_with_a_test_that_names_it():
    """Else users do not find a format, or take one for proved that no test ever wrote."""
    text = (ROOT / "README.md").read_text()
    section = text[text.index("### Exports") :].split("\n## ")[0]
    tested = {
        format: re.findall(r"\((tests/\w+\.py)\)", tests)
        for names, tests in _ROW.findall(section)
        for format in re.findall(r"`([\w-]+)`", names)
    }
    assert sorted(tested) == sorted(formats())
    assert f"in [{len(tested)} formats](#exports)" in text
    for format, files in tested.items():
        texts = [(ROOT / file).read_text() for file in files]
        assert any(re.search(rf"\b{format}\b", text) for text in texts), f"no test of {files} names {format}"
