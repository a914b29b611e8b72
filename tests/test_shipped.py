"""The shipped vocabularies, as the package finds and reads them."""

import hashlib

import pytest

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError, NotFoundError
from taxonomy.sources import read, shipped

INDEX = """
[zoo]
title = "Zoo"
task = "classification"
classes = 2
version = "1"
ids = "index"
domain = "animal.n.01"
homepage = "https://example.org"
citation = "Zoo, 2020"
data_licence = "CC-BY-4.0"
attribution = "The Zoo"
package = ["pypi:zoo==1", "pypi:zoo==1"]
package_licence = "MIT"
file = ["a.txt", "b.txt"]
reader = "lines"

[ark]
title = "Ark"
"""


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A data folder with two vocabularies."""
    folder = tmp_path / "vocabularies"
    folder.mkdir()
    (folder / "index.toml").write_text(INDEX)
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "index.toml").write_text("")
    (folder / "zoo.tsv").write_text("key\tname\tsynonyms\tmid\n0\tcat\tfeline|puss\t/m/01yrx\n1\tdog\t\t\n")
    monkeypatch.setattr(shipped, "data_dir", lambda: tmp_path)
    return folder


def test_shipped_vocabulary_with_its_facts(zoo):
    """Licence and credit of a dataset would be missing from what is made of it."""
    vocabulary = shipped.read("zoo")
    assert vocabulary.classes == (
        SourceClass("0", "cat", synonyms=("feline", "puss"), mid="/m/01yrx"),
        SourceClass("1", "dog"),
    )
    source = vocabulary.source
    assert source == shipped.source("zoo")
    assert (source.domain, source.data_licence, source.attribution) == ("animal.n.01", "CC-BY-4.0", "The Zoo")
    assert (source.package, source.file) == ("pypi:zoo==1", "a.txt, b.txt")
    assert source.sha256 == hashlib.sha256((zoo / "zoo.tsv").read_bytes()).hexdigest()


def test_shipped_vocabularies_keep_the_order_of_the_index(zoo):
    """Ids depend on the order of sources: the alphabet would change them with every new dataset."""
    assert shipped.names() == ["zoo", "ark"]


def test_shipped_vocabulary_that_is_not_there(zoo):
    """A mistyped dataset name would end in a traceback."""
    with pytest.raises(NotFoundError, match="did you mean zoo"):
        shipped.read("zooo")
    with pytest.raises(InputError, match=r"ark\.tsv: missing"):
        shipped.read("ark")
    (zoo / "zoo.tsv").write_text("key\tname\n1\n")
    with pytest.raises(InputError, match=r"zoo\.tsv:2: 1 fields"):
        shipped.read("zoo")


def test_what_ships_reads_alike_as_a_users_file():
    """A shipped file copied and edited by a user would give other classes than the original."""
    for name in shipped.names("vocabulary"):
        vocabulary = shipped.read(name)
        reading = read(shipped.data_dir() / "vocabularies" / f"{name}.tsv", strict=True)
        assert reading.vocabulary.classes == vocabulary.classes
        assert reading.vocabulary.source.sha256 == vocabulary.source.sha256
