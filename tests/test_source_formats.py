"""Reading each format: its classes arrive whole."""

import hashlib
import json
import tempfile
from pathlib import Path

import pytest
from files import TENCENT, classes, images
from hypothesis import given
from hypothesis import strategies as st

from taxonomy.concept import SourceClass
from taxonomy.errors import InputError
from taxonomy.sources import Problem, read

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


def test_a_table_with_a_class_called_like_a_stanza_is_no_obo(write):
    """Else one odd key makes a whole table unreadable."""
    reading = read(write("x.tsv", "key\tname\n[Term]\tcat\n2\tdog\n"))
    assert [entry.key for entry in reading.vocabulary.classes] == ["[Term]", "2"]


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
