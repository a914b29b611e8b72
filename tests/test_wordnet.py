"""WordNet as we read it is WordNet 3.0 as the world knows it: NLTK's view is the reference, synset by synset."""

from __future__ import annotations

import warnings

import pytest

from taxonomy.concept import EdgeKind
from taxonomy.errors import InputError
from taxonomy.sources import shipped, wordnet


@pytest.fixture(scope="module")
def reference():
    """NLTK's reader over the files that we ship."""
    nltk = pytest.importorskip("nltk", reason="nltk is not installed: pip install 'label-taxonomy[nltk]' to compare")
    nltk.data.path.insert(0, str(shipped.data_dir() / "nltk_data"))
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    with warnings.catch_warnings(action="ignore"):  # that the other languages are not there
        return WordNetCorpusReader(nltk.data.find("corpora/wordnet"), None)


def test_every_synset_is_what_nltk_reads(reference, synsets):
    """Else an id, a parent or a sense number of ours means something else in every other tool."""
    ours = iter(synsets)
    for theirs in sorted(reference.all_synsets("n"), key=lambda synset: synset.offset()):
        synset = next(ours)
        assert synset.wnid == f"n{theirs.offset():08}"
        assert [lemma.text.replace(" ", "_") for lemma in synset.lemmas] == theirs.lemma_names()
        assert synset.lexfile == theirs.lexname()
        assert synset.definition == theirs.definition().strip().strip("; "), synset.wnid
        assert theirs.name() == f"{theirs.lemma_names()[0].lower()}.n.{synset.lemmas[0].sense:02}"
        for kind, targets in (
            (EdgeKind.IS_A, theirs.hypernyms()),
            (EdgeKind.INSTANCE_OF, theirs.instance_hypernyms()),
            (EdgeKind.PART_OF, theirs.part_holonyms()),
            (EdgeKind.MEMBER_OF, theirs.member_holonyms()),
        ):
            found = sorted(wnid for relation, wnid in synset.relations if relation is kind)
            assert found == sorted(f"n{target.offset():08}" for target in targets), (synset.wnid, kind)
    assert next(ours, None) is None


def test_every_sense_has_nltks_number_and_count(reference, synsets):
    """Else "dog.n.02" names another concept here than elsewhere, and the usual sense is not the usual one."""
    by_lemma: dict[str, dict[int, str]] = {}
    for synset in synsets:
        for lemma in synset.lemmas:
            by_lemma.setdefault(lemma.text.replace(" ", "_").lower(), {})[lemma.sense] = synset.wnid
    assert set(by_lemma) == set(reference.all_lemma_names("n"))
    for lemma, senses in by_lemma.items():
        theirs = [f"n{offset:08}" for offset in reference._lemma_pos_offset_map[lemma]["n"]]
        assert [senses[i] for i in sorted(senses)] == theirs
    for synset in synsets[::50]:  # NLTK opens the counts' file for each
        theirs = reference.synset_from_pos_and_offset("n", int(synset.wnid[1:])).lemmas()
        assert [lemma.tagged for lemma in synset.lemmas] == [lemma.count() for lemma in theirs]


def test_there_are_82115_synsets_in_the_order_of_their_ids(synsets):
    """Else concepts' rows depend on how the files were read."""
    assert len(synsets) == 82115
    assert [synset.wnid for synset in synsets] == sorted({synset.wnid for synset in synsets})


def test_every_imagenet21k_id_is_a_synset(synsets):
    """Else an ImageNet class would be linked by its name, to a guess."""
    known = {synset.wnid for synset in synsets}
    assert len(shipped.read("imagenet21k").classes) == 21843
    assert [entry.key for entry in shipped.read("imagenet21k").classes if entry.wnid not in known] == []


def test_n02084071_is_the_dog(synsets):
    """Else the ids are of another WordNet: in 3.1 the dog has another number."""
    dog = next(synset for synset in synsets if synset.wnid == "n02084071")
    assert [lemma.text for lemma in dog.lemmas] == ["dog", "domestic dog", "Canis familiaris"]
    assert dog.lexfile == "noun.animal"
    assert dog.definition.startswith("a member of the genus Canis")
    assert "barked" not in dog.definition  # that is an example, not the definition
    assert (EdgeKind.IS_A, "n02083346") in dog.relations
    assert dog.lemmas[0].tagged == 42


def test_irregular_plurals(exceptions):
    """Else "men", "geese" and "mice" are unknown classes."""
    assert exceptions["men"] == ("man",)
    assert exceptions["geese"] == ("goose",)
    assert exceptions["mice"] == ("mouse",)


def test_a_missing_wordnet_is_named(tmp_path, monkeypatch):
    """Else a broken installation shows a traceback instead of what to run."""
    monkeypatch.setattr(wordnet, "data_dir", lambda: tmp_path)
    with pytest.raises(InputError, match="collect_wordnet"):
        next(wordnet.read_synsets())
