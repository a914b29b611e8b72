"""Reading vocabularies: each format's classes arrive whole; bad input is named by file, line and remedy."""

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError, NotFoundError
from taxonomy.sources import Format, Problem, read, shipped

TENCENT = "category_index\tcategory_id\tindex_of_parent_category\tcategory name\n"


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


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


# Tables


def test_table_reads_every_column_under_its_usual_names(write):
    """A dataset's headers would have to be rewritten by hand, or its wnids and definitions be lost."""
    path = write(
        "birds.tsv",
        "Category_ID\tDisplay Name\tsynset_id\tAliases\tgloss\tsupercategory\tMID\tScientific Name\tcount\n"
        "7\trobin\tn01558993\tredbreast| Erithacus ||robin\ta songbird\tbird\t/m/0d\tErithacus rubecula\t9\n",
    )
    assert classes(path) == (
        SourceClass(
            key="7",
            name="robin",
            wnid="n01558993",
            synonyms=("redbreast", "Erithacus"),
            definition="a songbird",
            parent="bird",
            mid="/m/0d",
            scientific_name="Erithacus rubecula",
        ),
    )


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_csv_quotes_and_byte_order_mark_as_spreadsheets_write_them(write, delimiter):
    """Excel's CSV would lose its first column's name to the BOM, or break names at their commas."""
    path = write("x.csv", f'\ufeff"id"{delimiter}"name"\r\n1{delimiter}"crane{delimiter} ""big"""\r\n')
    assert classes(path) == (SourceClass(key="1", name=f'crane{delimiter} "big"'),)


def test_tsv_quotes_are_letters(write):
    """A 6" pipe, or a name that begins with a quote, would swallow the rest of the file."""
    path = write("x.tsv", 'id\tname\n1\t"dog\n2\t6" pipe\n')
    assert [entry.name for entry in classes(path)] == ['"dog', '6" pipe']


def test_table_without_key_numbers_its_rows_from_zero(write):
    """Class indexes of the label files would point at the wrong names after a bad row."""
    reading = read(write("x.csv", "name,wnid\ncat,n02121620\n,\n\nwolf,wolf.n.01\n"))
    assert [(c.key, c.wnid) for c in reading.vocabulary.classes] == [("0", "n02121620"), ("2", "wolf.n.01")]


def test_label_beside_a_name_is_the_key(write):
    """Labels that do not count from 0 would be replaced by row numbers: every annotation mislabelled."""
    assert [c.key for c in classes(write("x.csv", "label,name\n10,cat\n20,dog\n"))] == ["10", "20"]


@pytest.mark.parametrize("header", ["", "LabelName,DisplayName\n"])
def test_openimages_class_descriptions_of_all_releases(write, header):
    """OpenImages' own file has no header up to v6: its first class would be taken for one."""
    found = classes(write("class-descriptions.csv", f"{header}/m/011k07,Tortoise\n/m/03bt1vf,Woman\n"))
    assert found[0] == SourceClass(key="/m/011k07", name="Tortoise", mid="/m/011k07")
    assert len(found) == 2


def test_table_with_wnids_only_is_enough(write):
    """A list of synsets without names could not be merged although its meaning is certain."""
    assert classes(write("x.csv", "wnid\nn02084071\n"))[0].name == "n02084071"


def test_table_without_usable_columns_says_what_it_saw(write):
    """The user would not learn which column to rename."""
    with pytest.raises(InputError, match=r"x\.csv:1: .*`name` nor `wnid`, only 'foo', 'bar'.*rename"):
        read(write("x.csv", "foo,bar\n1,2\n"))


def test_quote_that_is_never_closed_is_an_error(write):
    """The rest of the file would silently become one field."""
    with pytest.raises(InputError, match=r"x\.csv:3: .*quote that is not closed"):
        read(write("x.csv", 'id,name\n1,cat\n2,"dog\n3,owl\n'))


def test_rows_with_too_few_or_too_many_fields_are_set_aside(write):
    """One slip in a table would shift a definition into the name, or stop the whole import."""
    reading = read(write("x.tsv", "id\tname\n1\tcat\textra\n2\n3\tdog\n"))
    assert [entry.name for entry in reading.vocabulary.classes] == ["dog"]
    assert reading.quarantined == (
        Problem("x.tsv:2", "3 fields where the first line has 2"),
        Problem("x.tsv:3", "1 fields where the first line has 2"),
    )


CELL = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1).filter(lambda text: "|" not in text)


@given(st.lists(st.tuples(CELL, CELL, st.lists(CELL, max_size=3)), min_size=1, unique_by=lambda row: row[0]))
def test_whatever_a_tsv_holds_comes_back(rows):
    """Names in any script, with quotes, commas or combining marks, would be altered on the way in."""
    lines = ["key\tname\tsynonyms", *(f"{key}\t{name}\t{'|'.join(others)}" for key, name, others in rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.tsv"
        path.write_text("\n".join(lines), encoding="utf-8", newline="")
        reading = read(path)
    found = {entry.key: entry for entry in reading.vocabulary.classes}
    assert len(found) + len(reading.quarantined) == len(rows)  # two keys may be one in NFC
    from unicodedata import normalize

    for key, name, others in reversed(rows):
        entry = found[normalize("NFC", key)]
        if entry.name == normalize("NFC", name):
            assert set(entry.synonyms) <= {normalize("NFC", other) for other in others}
        else:
            assert reading.quarantined


# Plain lines


def test_lines_skip_blanks_and_comments_and_count_the_rest(write):
    """A comment in classes.txt would become a class and shift every index behind it."""
    found = classes(write("classes.txt", "# my classes\nperson\r\n\n  fire hydrant \ncafé, or cafe\n"))
    assert [(entry.key, entry.name) for entry in found] == [
        ("0", "person"),
        ("1", "fire hydrant"),
        ("2", "café, or cafe"),
    ]


def test_line_that_cannot_be_used_keeps_its_index(write):
    """The classes behind a bad line would all get the wrong index."""
    reading = read(write("classes.names", "cat\ndo\tg\nowl\n"))
    assert [entry.key for entry in reading.vocabulary.classes] == ["0", "2"]
    assert reading.quarantined[0].where == "classes.names:2"
    assert "U+0009" in reading.quarantined[0].what


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_imagenet_synset_words(write, separator):
    """ImageNet's own lists would be linked by name, and the two cranes become one."""
    found = classes(write("synset_words.txt", f"n02084071{separator}dog, domestic dog, Canis familiaris\nn02012849\n"))
    wnid = "n02084071"
    assert found[0] == SourceClass(wnid, "dog", wnid, ("domestic dog", "Canis familiaris"))
    assert found[1] == SourceClass("n02012849", "n02012849", "n02012849")


# COCO and LVIS

COCO = [
    {"supercategory": "person", "id": 1, "name": "person"},
    {"supercategory": "none", "id": 90, "name": "toothbrush"},
]


@pytest.mark.parametrize("bare", [True, False])
def test_coco_categories_alone_or_in_an_annotation_file(write, bare):
    """Users would have to cut the categories out of instances_train2017.json by hand."""
    images_first = {
        "info": {},
        "images": [{"id": 9, "file_name": "9.jpg"}],
        "annotations": [{"bbox": [1, 2]}],
    }
    path = write("instances.json", json.dumps(COCO if bare else {**images_first, "categories": COCO}))
    assert classes(path) == (
        SourceClass(key="1", name="person", parent="person"),
        # Roboflow's "none" is no superclass; WordNet has a noun "none".
        SourceClass(key="90", name="toothbrush"),
    )


def test_lvis_categories_keep_synset_synonyms_and_definition(write):
    """LVIS's given synsets would be guessed again from the names."""
    lvis = {
        "id": 1,
        "name": "aerosol_can",
        "synset": "aerosol.n.02",
        "synonyms": ["aerosol_can", "spray_can"],
    }
    path = write("lvis.json", json.dumps({"categories": [{**lvis, "def": "a dispenser\n of a substance"}]}))
    expected = SourceClass("1", "aerosol_can", "aerosol.n.02", ("spray_can",), "a dispenser of a substance")
    assert classes(path) == (expected,)


def test_coco_category_that_is_no_category_is_set_aside(write):
    """One odd entry would stop the import with a traceback."""
    path = write(
        "x.json",
        '{"categories": [{"id": 1, "name": "cat"}, 7, {"name": "dog"}, {"id": 3}, {"id": 4, "name": 1.5}]}',
    )
    reading = read(path)
    assert [entry.name for entry in reading.vocabulary.classes] == ["cat"]
    assert [problem.where for problem in reading.quarantined] == [f"x.json:categories[{i}]" for i in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"categories": [\n{"id": 1 "name": "cat"}]}', r"x\.json:2: not valid JSON"),
        ('{"images": []}', r"x\.json: no list `categories`; give"),
        ('{"categories": ' + "[" * 200_000, r"x\.json: JSON that cannot be read"),
        ('[{"id": 1, "name": "\\ud800"}]', r"no usable class.*U\+D800"),
    ],
)
def test_broken_json_is_named_with_its_line(write, content, message):
    """A traceback, or a class that cannot be saved, instead of the place to look at."""
    with pytest.raises(InputError, match=message):
        read(write("x.json", content))


# YOLO


@pytest.mark.parametrize(
    "names",
    [
        "names: [person, no, 007]",
        "names:\n- person\n- 'no'\n- 007\n",
        "names:\n  0: person\n  1: no\n  2: 007\n",
    ],
)
def test_yolo_names_stay_as_written(write, names):
    """YAML would make False of the class `no`, and 7 of `007`."""
    found = classes(write("data.yaml", f"# data, id, name\npath: ../coco8\nnc: 3\n{names}\n"))
    assert [(entry.key, entry.name) for entry in found] == [("0", "person"), ("1", "no"), ("2", "007")]


def test_yolo_index_that_stands_twice_keeps_the_first(write):
    """YAML loaders keep the last silently: a slip of the pen would drop a class without a word."""
    reading = read(write("data.yml", "names:\n  0: person\n  0: car\n  1: [a]\n"))
    assert [entry.name for entry in reading.vocabulary.classes] == ["person"]
    assert reading.quarantined == (
        Problem("data.yml:3", "the key 0 is there already, for 'person'"),
        Problem("data.yml:4", "it has no name"),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("names:\n  0: person\n 1: car\n", r"x\.yaml:3: not valid YAML"),
        ("names: coco.names\n", r"x\.yaml: no list or mapping `names`.*write names:"),
        ("data:\n  names: [a]\n", r"x\.yaml: no list or mapping `names`"),
        ("names: " + "[" * 100_000, r"x\.yaml"),
        ("train: images\nnc: 80\n", r"x\.yaml: not a vocabulary.*\n.*YAML with `names:`"),
    ],
)
def test_broken_yaml_is_named_with_its_line(write, content, message):
    """A traceback of the YAML parser instead of the place to look at."""
    with pytest.raises(InputError, match=message):
        read(write("x.yaml", content))


# Image folders


def test_image_folder_at_any_depth(tmp_path):
    """Datasets that come as folders would need a class list written by hand, and lose their hierarchy."""
    root = images(
        tmp_path / "My Pets",
        "animals/dogs/husky/1.JPG",
        "animals/dogs/0.png",
        "n02123045/1.JPEG",
        "n02085620-Chihuahua/1.jpg",
        ".cache/x.jpg",
        "notes/readme.txt",
        "macos/._1.jpg",
        "cover.jpg",
    )
    reading = read(root)
    assert not reading.quarantined
    assert reading.vocabulary.source.name == "my_pets"
    assert reading.vocabulary.classes == (
        SourceClass(key="animals/dogs", name="dogs", parent="animals"),
        SourceClass(key="animals/dogs/husky", name="husky", parent="animals > dogs"),
        SourceClass(key="n02085620-Chihuahua", name="Chihuahua", wnid="n02085620"),
        SourceClass(key="n02123045", name="n02123045", wnid="n02123045"),
    )


def test_linked_class_folders_are_followed_but_not_in_circles(tmp_path):
    """Class folders that are links to another disk would be missing, or a link upwards never end."""
    images(tmp_path / "disk", "cat/1.jpg")
    root = images(tmp_path / "set", "dog/1.jpg")
    (root / "cat").symlink_to(tmp_path / "disk" / "cat")
    (root / "dog" / "up").symlink_to(root)
    reading = read(root)
    assert [entry.key for entry in reading.vocabulary.classes] == ["cat", "dog"]
    assert [problem.where for problem in reading.quarantined] == ["set/dog/up"]


def test_folder_without_class_folders_is_an_error(tmp_path):
    """A flat folder would give an empty vocabulary without a word."""
    with pytest.raises(InputError, match=r"no usable class.*a folder with a subfolder of images"):
        read(images(tmp_path / "flat", "1.jpg", "2.jpg"))


def test_folder_checksum_changes_with_its_classes_only(tmp_path):
    """A rebuild could not tell whether the classes are the same: more pictures are no other vocabulary."""
    root = images(tmp_path / "set", "b/1.jpg", "a/1.jpg")
    before = read(root).vocabulary.source.sha256
    assert before == hashlib.sha256(b"a\nb").hexdigest()
    assert read(images(root, "a/2.jpg")).vocabulary.source.sha256 == before
    assert read(images(root, "c/1.jpg")).vocabulary.source.sha256 != before


# Tencent


def test_tencent_dictionary(write):
    """The published dictionary would be read as a table of unrelated columns, without its hierarchy."""
    rows = "0\tn00002452\t-1\tthing\n4\tn05220461\t0\tbody part\n9\tx1\t4\tvein, vena\n"
    rows += "10\tn1\t77\tlost\n11\tn2\n"
    reading = read(write("dictionary_and_semantic_hierarchy.txt", TENCENT + rows))
    assert reading.vocabulary.classes == (
        SourceClass(key="0", name="thing", wnid="n00002452"),
        SourceClass(key="4", name="body part", wnid="n05220461", parent="0"),
        SourceClass(key="9", name="vein", synonyms=("vena",), parent="4"),
    )
    assert [problem.where.rpartition(":")[2] for problem in reading.quarantined] == ["5", "6"]


# Every format


def test_source_says_where_it_comes_from(write):
    """Provenance would be lost, or tell the world the folders of the user's machine."""
    path = write("My Classes v1.2.txt", "cat\n")
    source = read(path, domain="animal.n.01").vocabulary.source
    assert (source.name, source.kind, source.file) == ("my_classes_v1.2", "vocabulary", "My Classes v1.2.txt")
    assert source.domain == "animal.n.01"
    assert source.sha256 == hashlib.sha256(b"cat\n").hexdigest()
    assert str(path.parent) not in repr(source)


@pytest.mark.parametrize(
    ("name", "expected"), [("Übung:1", "ubung_1"), ("--x--", "x"), ("日本", None), ("mid", None), ("", None)]
)
def test_source_names_make_ids(write, name, expected):
    """A name with a colon, or one like `mid`, would make ids that mean something else."""
    path = write("x.txt", "cat\n")
    if expected:
        assert read(path, name=name).vocabulary.source.name == expected
    else:
        with pytest.raises(InputError, match="--name"):
            read(path, name=name)


def test_names_are_nfc(write):
    """`café` typed on a Mac and on Linux would be two names."""
    assert classes(write("x.txt", "cafe\u0301\n"))[0].name == "caf\u00e9"


def test_duplicate_keys_keep_the_first(write):
    """Two classes of one key would overwrite each other, or break the database."""
    reading = read(write("x.csv", "id,name\n1,cat\n1,dog\n"))
    assert [entry.name for entry in reading.vocabulary.classes] == ["cat"]
    assert reading.quarantined == (Problem("x.csv:3", "the key 1 is there already, for 'cat'"),)


@pytest.mark.parametrize(
    ("row", "what"),
    [("1,", "no name"), (",cat", "no key"), ('1,"a\nb"', r"U\+000A"), ("1,a\u2028b", r"U\+2028")],
)
def test_strict_stops_where_lenient_sets_aside(write, row, what):
    """CI could not insist on clean files, or one bad row would stop everyone else."""
    path = write("x.csv", f"id,name\n0,owl\n{row}\n")
    assert len(read(path).quarantined) == 1
    with pytest.raises(InputError, match=rf"x\.csv:3: .*{what}"):
        read(path, strict=True)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("x.txt", b"", "empty"),
        ("x.tsv", b"\xef\xbb\xbf \r\n\t\n", "empty"),
        ("x.txt", b"# only\n# comments\n", "no usable class"),
        ("x.csv", b"id,name\n", "no usable class"),
        ("x.csv", b"id,name\n1,\n", r"no usable class; x\.csv:2: it has no name"),
        ("x.csv", "id,name\n1,caf\xe9\n".encode("latin-1"), r"x\.csv:2: not UTF-8 \(byte 13 .*iconv -f"),
        ("x.txt", "cat\ndog\n".encode("utf-16"), "UTF-16.*iconv -f UTF-16"),
        ("x.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file\nGive one of these"),
        (
            "x.txt",
            b"<annotation><object/></annotation>",
            "not a vocabulary in a known format\nGive one of these",
        ),
        ("x.obo", b"format-version: 1.2\n[Term]\nid: X:1\n", "not a vocabulary in a known format"),
    ],
)
def test_bad_files_say_what_to_do(write, file, content, message):
    """A traceback, or an empty vocabulary without a word."""
    with pytest.raises(InputError, match=message) as caught:
        read(write(file, content))
    assert len(str(caught.value).splitlines()) <= 2


def test_missing_and_unreadable_paths(tmp_path):
    """A mistyped path would end in a traceback."""
    with pytest.raises(InputError, match="no such file or folder"):
        read(tmp_path / "nowhere.txt")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        read(tmp_path / "pipe")


# Formats of other packages


class Plugin:
    """An entry point of group taxonomy.sources."""

    value = "acme.obo:FORMAT"

    def __init__(self, found):
        self.found = found

    def load(self):
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def install(monkeypatch, found):
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda *, group: [Plugin(found)] * (group == "taxonomy.sources")
    )


def test_other_packages_add_formats(write, monkeypatch):
    """A team with a format of its own would have to fork the program."""
    obo = Format(
        "obo",
        "OBO",
        sniff=lambda path, head: head.startswith(b"format-version"),
        read=lambda path, report: [("o:1", SourceClass("1", " cat ")), ("o:2", SourceClass("1", "dog"))],
    )
    install(monkeypatch, obo)
    reading = read(write("x.obo", "format-version: 1.2\n"))
    assert reading.vocabulary.classes == (SourceClass("1", "cat"),)
    assert reading.quarantined[0].where == "o:2"


@pytest.mark.parametrize("found", [ImportError("no module acme"), object()])
def test_broken_plugin_is_named_and_only_when_it_is_needed(write, monkeypatch, found):
    """A broken package would break the reading of ordinary files, or be skipped silently."""
    install(monkeypatch, found)
    assert classes(write("x.txt", "cat\n"))
    with pytest.raises(InputError, match=r"acme\.obo:FORMAT.*repair or uninstall"):
        read(write("x.obo", "format-version: 1.2\n"))


def test_reading_imports_only_what_the_file_needs(write):
    """Every command that touches sources would pay for YAML and JSON parsers it does not use."""
    code = (
        "import sys; from pathlib import Path; from taxonomy.sources import read, shipped;"
        "read(Path(sys.argv[1]));"
        "print(*{'yaml', 'json', 'csv', 'tomllib', 'importlib.metadata'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    path = write("x.tsv", "id\tname\n1\tcat\n")
    run = [sys.executable, "-S", "-c", code, str(path)]
    assert subprocess.run(run, capture_output=True, text=True, check=True, env=environment).stdout.strip() == ""


# Shipped vocabularies

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
    for name in shipped.names():
        vocabulary = shipped.read(name)
        reading = read(shipped.data_dir() / "vocabularies" / f"{name}.tsv", strict=True)
        assert reading.vocabulary.classes == vocabulary.classes
        assert reading.vocabulary.source.sha256 == vocabulary.source.sha256
