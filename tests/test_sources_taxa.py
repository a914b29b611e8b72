"""Tables of taxa and path lists: who is above whom, by which name, and what lies beside a table."""

import gzip

import pytest
from files import classes

from taxonomy.concept import SourceClass
from taxonomy.sources import format_of, read


def rows(*lines, by="\t"):
    """Write a table."""
    return "".join(by.join(line) + "\n" for line in lines)


def dump(*lines):
    """Write a table as NCBI does."""
    return "".join("\t|\t".join(line) + "\t|\n" for line in lines)


def ncbi(folder, names):
    """Make NCBI's dump of a root and two taxa."""
    nodes = (("1", "1", "no rank", ""), ("9611", "1", "genus", ""), ("9612", "9611", "species", ""))
    (folder / "nodes.dmp").write_text(dump(*nodes))
    (folder / "names.dmp").write_text(dump(*names))
    (folder / "merged.dmp").write_text(dump(("68720", "9612")))


NAMES = (
    ("1", "root", "", "scientific name"),
    ("9611", "Canis", "", "scientific name"),
    ("9612", "Canis lupus Linnaeus", "", "authority"),
    ("9612", "gray wolf", "", "genbank common name"),
    ("9612", "grey wolf", "", "common name"),
    ("9612", "Canis lupus", "", "scientific name"),
    ("9612", "Lupus lupus", "", "synonym"),
)


@pytest.mark.parametrize("order", [NAMES, NAMES[::-1]])
def test_ncbi_dump(tmp_path, order):
    """Else NCBI's taxonomy would be a folder without images, or depend on how its tables are sorted."""
    ncbi(tmp_path, order)
    root, dogs, wolf = classes(tmp_path)
    assert (root.parents, dogs.parents, dogs.name) == ((), ("1",), "Canis")
    assert wolf == SourceClass(
        *("9612", "gray wolf"),
        synonyms=("grey wolf", "Lupus lupus"),
        scientific_name="Canis lupus",
        parents=("9611",),
        ids=("ncbi:9612", "ncbi:68720"),
        rank="species",
    )
    assert classes(tmp_path / "nodes.dmp") == (root, dogs, wolf)


def test_ncbi_dump_with_bad_rows(tmp_path):
    """Else a taxon without names, or a line cut off, would stop two million others."""
    ncbi(tmp_path, NAMES[1:])
    with (tmp_path / "nodes.dmp").open("a") as stream:
        stream.write("broken\n")
    reading = read(tmp_path)
    assert [entry.name for entry in reading.vocabulary.classes] == ["1", "Canis", "gray wolf"]
    assert [problem.where for problem in reading.quarantined] == ["nodes.dmp:1", "nodes.dmp:4"]


def test_header_with_taxids_and_wikidata(write):
    """Else the ids that make a taxon the same as Wikidata's would be lost."""
    path = write(
        "t.tsv",
        rows(
            ("taxid", "parent_taxid", "rank", "scientific_name", "common_name", "wikidata"),
            ("1", "1", "no rank", "root", "", ""),
            ("2708", "1", "species", "Citrus x limon", "lemon|lemons", "Q500"),
            ("2709", "999", "species", "Citrus cavaleriei"),
        ),
    )
    reading = read(path)
    root, lemon = reading.vocabulary.classes
    assert (root.name, root.parents) == ("root", ())
    assert (lemon.name, lemon.synonyms, lemon.scientific_name) == ("lemon", ("lemons",), "Citrus x limon")
    assert lemon.ids == ("ncbi:2708", "wd:Q500")
    assert [problem.what for problem in reading.quarantined] == ["4 fields where the header has 6"]


GBIF = ("taxonID", "datasetID", "parentNameUsageID", "acceptedNameUsageID", "scientificName", "canonicalName")


def test_gbif_synonyms_go_to_their_taxon(write):
    """Else each synonym would be a taxon of its own, beside the one it is a name of."""
    path = write(
        "Taxon.tsv",
        rows(
            (*GBIF, "taxonRank", "taxonomicStatus"),
            ("7", "d", "1", "5", "Lupus lupus (L., 1758)", "Lupus lupus", "species", "synonym"),
            ("5", "d", "1", "", "Canis lupus L., 1758", "Canis lupus", "species", "accepted"),
            ("1", "d", "", "", "Canis L.", "Canis", "genus", "accepted"),
            ("8", "d", "1", "", "Canis x", "Canis x", "species", "synonym"),
        ),
    )
    write(
        "VernacularName.tsv",
        rows(
            ("taxonID", "vernacularName", "language"), ("5", "Wolf", "de"), ("5", "grey wolf", "en"), ("5", "x", "?!")
        ),
    )
    reading = read(path)
    wolf, genus = reading.vocabulary.classes
    assert (wolf.name, wolf.scientific_name, wolf.synonyms) == ("grey wolf", "Canis lupus", ("Lupus lupus",))
    assert (wolf.names, wolf.ids, wolf.parents) == ((("de", "Wolf"),), ("gbif:5",), ("1",))
    assert (genus.name, genus.parents) == ("Canis", ())
    assert "it is not said of what" in reading.quarantined[0].what


def test_inaturalist_ids_are_addresses(write):
    """Else a taxon's key would be an address, and no parent of another."""
    at = "https://www.inaturalist.org/taxa/"
    path = write(
        "taxa.csv",
        rows(
            ("id", "taxonID", "parentNameUsageID", "scientificName", "scientificNameAuthorship", "taxonRank"),
            ("1", f"{at}1", "", "Animalia", "", "kingdom"),
            ("2", f"{at}2", f"{at}1", '"Chordata Haeckel, 1874"', '"Haeckel, 1874"', "phylum"),
            ("3", f"{at}3", f"{at}1", '"never closed', "", "phylum"),
            by=",",
        ),
    )
    reading = read(path)
    animals, chordates = reading.vocabulary.classes
    assert (animals.key, animals.ids) == ("1", ("inat:1",))
    assert (chordates.parents, chordates.scientific_name, chordates.rank) == (("1",), "Chordata", "phylum")
    assert [problem.where for problem in reading.quarantined] == ["taxa.csv:4"]


def test_open_tree_and_the_synonyms_beside_it(write):
    """Else Open Tree's bars would be part of the names, and its synonyms be lost."""
    lines = (("uid", "parent_uid", "name", "rank", "sourceinfo", "flags"), ("8", "", "Asterales", "order", "", ""))
    taxon = ("9", "8", "Aster", "genus", "ncbi:41478,gbif:3151589", "")
    table = "".join("\t|\t".join(line) + "\t|\t\n" for line in (*lines, taxon))
    path = write("taxonomy.tsv.gz", gzip.compress(table.encode()))
    write("synonyms.tsv", "name\t|\tuid\t|\ttype\t|\t\nAlbigo\t|\t9\t|\t\t|\t\n")
    order, aster = classes(path)
    assert (order.ids, order.parents) == (("ott:8",), ())
    assert (aster.ids, aster.parents) == (("ott:9", "ncbi:41478", "gbif:3151589"), ("8",))
    assert (aster.synonyms, aster.rank) == (("Albigo",), "genus")


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("x.tsv", "id\tname\tparent\n1\tcat\tanimal\n", "table"),
        ("x.csv", "id,name,scientific_name,parent\n1,cat,Felis,animal\n", "table"),
        ("x.txt", "cat\ndog > animal\nowl\n", "lines"),
        ("x.txt", "a > b\n", "lines"),
    ],
)
def test_lists_of_datasets_are_what_they_were(write, file, content, expected):
    """Else a dataset's own list would be read as a knowledge base, with parents that nothing matches."""
    assert format_of(write(file, content)).name == expected


# Path lists


def test_google_product_taxonomy(write):
    """Else the many `Accessories` would be one class, or their paths their names."""
    path = write(
        "taxonomy-with-ids.en-US.txt",
        "# Google_Product_Taxonomy_Version: 2021-09-21\n"
        "1 - Animals & Pet Supplies\n3237 - Animals & Pet Supplies > Accessories\n"
        "166 - Apparel\n167 - Apparel > Accessories\n168 - Apparel > \n",
    )
    reading = read(path)
    assert [(entry.key, entry.name, entry.parents) for entry in reading.vocabulary.classes] == [
        ("1", "Animals & Pet Supplies", ()),
        ("3237", "Accessories", ("1",)),
        ("166", "Apparel", ()),
        ("167", "Accessories", ("166",)),
    ]
    assert [problem.where for problem in reading.quarantined] == ["taxonomy-with-ids.en-US.txt:6"]


def test_paths_without_ids_and_with_gaps(write):
    """Else a class whose line is missing would leave those below it without a parent."""
    found = classes(write("p.txt", "A\nA > B\nA > C\nD > E > F\n"))
    assert [(entry.key, entry.parents) for entry in found] == [
        *(("A", ()), ("A > B", ("A",)), ("A > C", ("A",))),
        *(("D", ()), ("D > E", ("D",)), ("D > E > F", ("D > E",))),
    ]


def test_shopify_ids(write):
    """Else every key would be an address of Shopify's."""
    gid = "gid://shopify/TaxonomyCategory/"
    path = write(
        "categories.txt",
        f"# Shopify Product Taxonomy\n\n{gid}ap     : Animals\n"
        f"{gid}ap-1   : Animals > Live\n{gid}ap-2   : Animals > Food\n",
    )
    assert [(entry.key, entry.parents) for entry in classes(path)] == [("ap", ()), ("ap-1", ("ap",)), ("ap-2", ("ap",))]


def test_tiers_under_two_header_lines(write):
    """Else IAB's taxonomy would have no header that a table knows."""
    path = write(
        "tiers.tsv",
        rows(
            ("Relational", "", "", "Tiers", "", ""),
            ("Unique ID", "Parent", "Name", "Tier 1", "Tier 2", ""),
            ("150", "", "Attractions", "Attractions", "", ""),
            ("151", "150", "Parks", "Attractions", "Parks", ""),
            ("152", "150", "", "", "", ""),
        ),
    )
    reading = read(path)
    assert [(entry.key, entry.name, entry.parents) for entry in reading.vocabulary.classes] == [
        ("150", "Attractions", ()),
        ("151", "Parks", ("150",)),
    ]
    assert len(reading.quarantined) == 1
