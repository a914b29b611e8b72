"""Training on one's own labels: it learns, it refuses what cannot be learned from, and it keeps to the hash rule."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from taxonomy import encoding, visual
from taxonomy.errors import InputError
from taxonomy.visual import Item, Label

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import word_norms

THINGS = ["chair", "table", "lamp", "bottle", "hammer", "dog", "horse", "tree", "apple", "bridge", "boat", "shoe"]
IDEAS = ["justice", "truth", "hope", "theory", "reason", "method", "purpose", "luck", "virtue", "logic", "merit"]


@pytest.fixture(scope="module")
def encoder() -> encoding.Encoder:
    return encoding.load()


def labelled(visible, invisible) -> list[Label]:
    return [Label(Item(name), 1.0) for name in visible] + [Label(Item(name), 0.0) for name in invisible]


def test_labels_alone_teach_a_model(encoder):
    """Else who has a domain of his own cannot leave the shipped model out."""
    trained = visual.train(labelled(THINGS, IDEAS), None, encoder, None)
    assert trained.before is None
    assert trained.after.balanced_accuracy > 0.8
    seen, unseen = visual.score([Item("sofa"), Item("ethics")], None, encoder, trained.model)
    assert seen > 0.5 > unseen


def test_labels_move_the_shipped_model(encoder):
    """Else a team whose ghosts are visual cannot say so; and what it does not speak of stays as it is."""
    items = [Item("glossy finish", "the quality of a surface that reflects light"), Item("dog", "a domestic animal")]
    before = visual.score(items, None, encoder)
    more = [Item(f"{kind} finish", f"the {kind} quality of a surface") for kind in ("matt", "satin", "gloss", "rough")]
    labels = [Label(item, 1.0) for item in more] + [Label(Item("idea", "the content of cognition"), 0.0)]
    trained = visual.train(labels, None, encoder, visual.load())
    after = visual.score(items, None, encoder, trained.model)
    assert after[0] > max(before[0], 0.5)
    assert after[1] == pytest.approx(before[1], abs=0.1)


def test_one_class_is_refused(encoder):
    """Else the model that it gives says yes to everything."""
    with pytest.raises(InputError, match="every label says visual"):
        visual.train(labelled(THINGS, ()), None, encoder, visual.load())
    with pytest.raises(InputError, match="every label says non-visual"):
        visual.train(labelled((), IDEAS), None, encoder, None)
    with pytest.raises(InputError, match="there is no label"):
        visual.train([], None, encoder, None)


def test_scores_off_the_scale_are_refused(encoder):
    """Else ratings from 1 to 5 count as certain."""
    with pytest.raises(InputError, match=r"chair: the score 4\.0 is off the scale"):
        visual.train([Label(Item("chair"), 4.0)], None, encoder, None)


def test_contradictions_are_listed_and_left_out(encoder):
    """Else the order of the labels decides."""
    labels = [*labelled(THINGS, IDEAS), Label(Item("Chair"), 0.0)]
    trained = visual.train(labels, None, encoder, None)
    assert trained.contradictions == (("chair", (1.0, 0.0)),)


def test_training_twice_gives_the_same(encoder, tmp_path):
    """Else nobody can say which labels a model came from."""
    for name in ("one", "two"):
        visual.save(visual.train(labelled(THINGS, IDEAS), None, encoder, visual.load()).model, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_trained_model_survives_its_file(encoder, tmp_path):
    """Else what was printed after training does not hold tomorrow."""
    model = visual.train(labelled(THINGS, IDEAS), None, encoder, None).model
    visual.save(model, tmp_path / "own.npz")
    items = [Item("sofa"), Item("ethics"), Item("glorp", "a red wooden chair")]
    again = visual.score(items, None, encoder, visual.load(tmp_path / "own.npz"))
    assert again == pytest.approx(visual.score(items, None, encoder, model), abs=0.01)


def test_asking_proposes_what_is_doubtful_and_different(wordnet_draft, encoder):
    """Else labels are spent on what is known, or on one thing under twenty names."""
    model = visual.load()
    keys = list(range(0, len(wordnet_draft.concepts), 97))
    first = visual.ask(keys, 10, wordnet_draft, encoder, model)
    assert len(set(first)) == 10
    assert set(first) <= set(keys)
    scores = visual.score([Item("", "", key) for key in first], wordnet_draft, encoder, model)
    assert all(0.2 < score < 0.8 for score in scores)
    assert not set(visual.ask(keys, 10, wordnet_draft, encoder, model, first)) & set(first)


# The hash rule


def test_test_words_and_their_synsets_are_never_learned(wordnet_draft):
    """Else the figures of the README are measured on what was trained on."""
    senses = word_norms.Senses(wordnet_draft)
    norms = {name.text.lower(): word_norms.Norm(4.0, True) for name in wordnet_draft.names[::7]}
    found = word_norms.examples(norms, senses)
    held = word_norms.TEST
    learned = [e for e in found if word_norms.digit(e.word) not in held and senses.is_free(e.concept, held)]
    assert 0 < len(learned) < len(found)
    for example in learned:
        lemmas = [name.text for name in wordnet_draft.names_of(example.concept)]
        assert not {word_norms.digit(word) for word in (example.word, *lemmas)} & held
    for word in list(norms)[:3000]:
        if senses.may_learn(word, held):
            assert word_norms.digit(word) not in held
            assert all(senses.is_free(concept, held) for concept, _ in senses.meant(word))


def test_the_digit_is_that_of_the_rule():
    """Else another tenth of the words is kept for testing than everybody else keeps."""
    import hashlib

    for word in ("Dog", "hot dog", "café"):
        assert word_norms.digit(word) == int(hashlib.md5(word.lower().encode()).hexdigest(), 16) % 10
