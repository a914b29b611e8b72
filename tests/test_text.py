"""Names as look-ups compare them: writings of one name meet, different names stay apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taxonomy.text import form, singulars

EXCEPTIONS = {"wolves": ("wolf",), "mice": ("mouse",), "axes": ("ax", "axis"), "men at arms": ("man at arms",)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dining_Table", "dining table"),
        ("dining-table", "dining  table"),
        (" traffic\tlight\n", "Traffic Light"),
        ("T-shirt", "t shirt"),
        ("T‑shirt", "t-shirt"),  # a hyphen that does not break
        ("crème brûlée", "Creme Brulee"),
        (unicodedata.normalize("NFD", "crème"), "creme"),
        ("St. Bernard", "st bernard"),
        ("U.S.A.", "usa"),
        ("women’s", "women's"),
        ("women`s", "women's"),
        ("ＴＲＵＣＫ", "truck"),  # full-width letters of East Asian lists
        ("kitchen\u00a0knife", "kitchen knife"),
    ],
)
def test_writings_of_one_name_meet(one, other):
    """Else two datasets' classes of the same name become two concepts."""
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C", "C++"),
        ("no entry", "entry"),
        ("speed limit 2.5", "speed limit 25"),  # a dot between digits is no abbreviation's
        ("кот", "кит"),
        ("й", "и"),  # in other scripts than Latin the marks make other letters
        ("が", "か"),
        ("कि", "क"),
        ("חָתוּל", "חתול"),
    ],
)
def test_different_names_stay_apart(one, other):
    """Else two classes are merged that mean different things."""
    assert form(one) != form(other)


@pytest.mark.parametrize("name", ["собака", "ネコ", "がか", "कुत्ता", "개", "ελάφι", "קעץ"])
def test_names_in_other_scripts_keep_their_marks(name):
    """Else a name in another language is found under letters that its speakers would not type."""
    assert form(name) == unicodedata.normalize("NFC", name)


@given(st.text())
@example("a..b")
@example("İ.")
@example("ᴬ")
@example("e.\u0301犬")
@example("｀")
def test_a_form_is_its_own_form(text):
    """Else a name that was stored by its form is not found by it."""
    assert form(form(text)) == form(text)


@given(st.text())
def test_a_form_has_no_edges_and_no_double_spaces(text):
    """Else `dog ` and `dog` are two concepts."""
    assert form(text) == " ".join(form(text).split())


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_case_and_underscores_never_count(text):
    """Else `Dining_Table` and `dining table` are two concepts."""
    assert form(text.upper()) == form(text) == form(text.replace(" ", "_"))


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("dogs", "dog"),
        ("traffic lights", "traffic light"),
        ("buses", "bus"),
        ("boxes", "box"),
        ("quizzes", "quizz"),
        ("benches", "bench"),
        ("brushes", "brush"),
        ("firemen", "fireman"),
        ("butterflies", "butterfly"),
        ("wolves", "wolf"),
        ("sea wolves", "sea wolf"),
        ("field mice", "field mouse"),
        ("axes", "axis"),
        ("men at arms", "man at arms"),
    ],
)
def test_plurals_lead_to_their_singulars(plural, singular):
    """Else a dataset that lists "dogs" gets a concept beside dog."""
    assert singular in list(singulars(plural, EXCEPTIONS))


@pytest.mark.parametrize("name", ["glass", "grass", "us", "s", "", "truck", "as"])
def test_what_is_no_plural_has_no_singular(name):
    """Else glass is taken for a plural of "glas"."""
    assert list(singulars(name, {})) == []


@given(st.text(), st.dictionaries(st.text(), st.tuples(st.text())))
def test_a_singular_is_never_empty_words(text, exceptions):
    """Else a class named "ses" would match every concept without a name."""
    found = list(singulars(form(text), {k: v for k, v in exceptions.items() if all(v)}))
    assert all(found)
