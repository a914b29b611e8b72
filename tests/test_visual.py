"""Visual marks: what can be seen is told from what cannot, people's words are marked, and bad files are refused."""

from __future__ import annotations

import re
from dataclasses import astuple

import numpy as np
import pytest

from taxonomy import encoding, visual
from taxonomy.concept import (
    Concept,
    Edge,
    EdgeKind,
    Link,
    Mark,
    Method,
    Name,
    NameKind,
    Relation,
    Safety,
    Source,
    SourceClass,
    State,
    Vocabulary,
)  # fmt: skip
from taxonomy.draft import Draft
from taxonomy.errors import InputError
from taxonomy.evaluation.visual import measures, safety_measures
from taxonomy.merging import add_vocabulary, add_wordnet
from taxonomy.sources import wordnet
from taxonomy.visual import Item, calibration
from taxonomy.visual.ancestors import Ancestors
from taxonomy.visual.features import Bag, Layout, gloss_words, numbers
from taxonomy.visual.graph import Graph
from taxonomy.visual.model import VIEWS
from taxonomy.visual.names import BUCKETS, ngrams
from taxonomy.visual.safety import judged, people

DOG, CAT, PERSON = "n02084071", "n02121620", "n00007846"


@pytest.fixture(scope="module")
def encoder() -> encoding.Encoder:
    return encoding.load()


@pytest.fixture(scope="module")
def shipped() -> visual.Model:
    return visual.load()


@pytest.fixture(scope="module")
def few(few_synsets) -> Draft:
    """A hundred synsets, a detection dataset with a concept of its own, and one that shows nothing."""
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, few_synsets)
    for name, task, wnid, own in (("boxes", "detection", DOG, "plush dog"), ("sounds", "audio", CAT, "purr cat")):
        entries = (SourceClass("0", "x", wnid=wnid), SourceClass("1", own))
        anchor = draft.key_of[wnid]
        links = (
            Link(anchor, Relation.EXACT, Method.GIVEN, 1.0, "x"),
            Link(anchor, Relation.BROAD, Method.HEAD, 0.9, own),
        )
        add_vocabulary(draft, Vocabulary(Source(name, task=task), entries), links)
    return draft


@pytest.fixture(scope="module")
def marks(few, encoder) -> list[Mark]:
    return visual.mark(few, encoder)


@pytest.fixture(scope="module")
def scored(wordnet_draft, encoder) -> dict[str, float]:
    """Scores of synsets with their place in all of WordNet."""
    names = (
        "dog.n.01", "bicycle.n.01", "teapot.n.01", "bride.n.01", "soccer player.n.01", "volcano.n.02",
        "abstraction.n.06", "justice.n.01", "happiness.n.01", "theorist.n.01", "probability.n.01", "truth.n.01",
    )  # fmt: skip
    keys = [wordnet_draft.sense(name) for name in names]
    return dict(zip(names, visual.score([Item("", "", key) for key in keys], wordnet_draft, encoder), strict=True))


def test_things_are_visual_and_abstractions_are_not(scored):
    """Else a crawler looks for pictures of justice."""
    concrete = [score for name, score in list(scored.items())[:6]]
    abstract = [score for name, score in list(scored.items())[6:]]
    assert min(concrete) > 0.8
    assert max(abstract) < 0.2


def test_every_concept_is_marked_in_order(few, marks):
    """Else a concept has no mark, or another's."""
    assert [mark.concept for mark in marks] == list(range(len(few.concepts)))
    assert all(0 <= mark.score <= 1 and mark.score == round(mark.score, 4) for mark in marks)
    assert all((mark.state is State.NON_VISUAL) == (mark.score < 0.5) for mark in marks)


def test_marking_twice_gives_the_same(few, encoder, marks):
    """Else two builds of the same sources differ."""
    assert visual.mark(few, encoder) == marks


def test_a_class_and_what_is_just_below_it_is_common(few, marks):
    """Else what detectors are trained on counts as rarely pictured; a dataset of sounds shows nothing."""
    own = {few.concepts[mark.concept].name: mark for mark in marks if few.concepts[mark.concept].source}
    assert own["plush dog"].state is State.VISUAL
    assert own["purr cat"].state is State.UNCOMMON
    assert marks[few.key_of[DOG]].state is State.VISUAL


def test_the_reason_names_the_evidence(few, marks):
    """Else nobody can tell why a concept was left out."""
    assert re.fullmatch(
        r"noun\.animal; names [+-]\d\.\d, gloss [+-]\d\.\d, parents [+-]\d\.\d; a class of boxes",
        marks[few.key_of[DOG]].reason,
    )
    (own,) = (mark for mark in marks if few.concepts[mark.concept].name == "plush dog")
    assert own.reason.startswith("no gloss; names ")


def test_scoring_one_concept_gives_its_mark(few, encoder, marks):
    """Else `score` and `mark` contradict each other."""
    keys = [few.key_of[DOG], few.key_of[PERSON], marks[-1].concept]
    scores = visual.score([Item("", "", key) for key in keys], few, encoder)
    assert scores == pytest.approx([marks[key].score for key in keys], abs=2e-3)


def test_names_and_definitions_alone_tell_much(encoder):
    """Else a list that is not in the taxonomy gets no score worth the name."""
    names = visual.score([Item("teapot"), Item("traffic cone"), Item("sincerity"), Item("epistemology")], None, encoder)
    assert min(names[:2]) > 0.8
    assert max(names[2:]) < 0.5
    same = "glorp"
    thing, idea = visual.score(
        [Item(same, "a red wooden chair with four legs"), Item(same, "the quality of being morally right")],
        None,
        encoder,
    )
    assert thing > 0.7 > 0.3 > idea


def test_items_that_cannot_be_scored_are_named(few, encoder):
    """Else a typing error gets the score of something else."""
    with pytest.raises(InputError, match="neither a name nor a concept"):
        visual.score([Item(" ")], None, encoder)
    with pytest.raises(InputError, match="there is no concept 99999999"):
        visual.score([Item("dog", concept=99999999)], few, encoder)


def test_people_are_marked_safe_sensitive_or_offensive(few_people, encoder):
    """Else an export for crawlers looks for people by slurs."""
    draft, marks = few_people
    found = {draft.concepts[mark.concept].name: mark.safety for mark in marks}
    assert (found["nurse"], found["Frenchman"], found["thief"]) == (Safety.SAFE, Safety.SENSITIVE, Safety.OFFENSIVE)
    assert found["Capone"] is Safety.SAFE  # a single one, though the kind is none
    inside = set(people(draft))
    assert {mark.safety for mark in marks if mark.concept not in inside} == {Safety.SAFE}


def test_people_that_wordnet_lacks_are_as_their_parents_or_as_the_model_says(few_people):
    """Else whoever merges a list of insults gets them all as queries."""
    draft, marks = few_people
    found = {draft.concepts[mark.concept].name: mark.safety for mark in marks}
    assert found["bicycle thief"] is Safety.OFFENSIVE
    assert found["stealer of bicycle bells"] is Safety.OFFENSIVE
    assert found["glorper"] is Safety.UNKNOWN
    assert found["ward nurse"] is Safety.SAFE
    assert found["numskull"] is Safety.OFFENSIVE


@pytest.fixture(scope="module")
def few_people(synsets, encoder) -> tuple[Draft, list[Mark]]:
    """Some of WordNet's people with all above them, and people that it lacks: name, what they are, and a gloss."""
    by_id = {synset.wnid: synset for synset in synsets}
    kept = [s.wnid for s in synsets if {"nurse", "thief", "Frenchman", "Capone"} & {lemma.text for lemma in s.lemmas}]
    for wnid in kept:  # which grows meanwhile
        kept += [target for _, target in by_id[wnid].relations if target not in kept]
    draft = Draft()
    add_wordnet(draft, wordnet.SOURCE, [synset for synset in synsets if synset.wnid in kept])
    source = draft.add_source(Source("people"))
    for name, parent, gloss in (
        ("bicycle thief", "thief.n.01", ""),
        ("stealer of bicycle bells", "bicycle thief", ""),
        ("glorper", "person.n.01", ""),
        ("ward nurse", "nurse.n.01", "a nurse who works in the ward of a hospital"),
        ("numskull", "person.n.01", "a very stupid person, a fool"),
    ):
        above = draft.key_of.get(f"people:{parent}", draft.sense(parent))
        key = draft.add_concept(Concept(f"people:{name}", name, gloss, "", source))
        draft.add_name(Name(key, name, name, "en", NameKind.SYNONYM, 0, 0, source))
        draft.add_edge(Edge(key, above, EdgeKind.IS_A, source, Method.GIVEN, 1.0))
    return draft, visual.mark(draft, encoder)


def test_judged_persons_are_persons(wordnet_draft):
    """Else a line with a typing error marks nothing, or what is no person."""
    inside = {wordnet_draft.concepts[key].id for key in people(wordnet_draft)}
    assert set(judged()) <= inside
    assert set(judged().values()) == {Safety.SENSITIVE, Safety.OFFENSIVE}
    assert list(judged()) == sorted(judged())


def test_measures_of_safety_by_hand():
    """Else the figures of the README are not what they say."""
    said = [Safety.OFFENSIVE, Safety.OFFENSIVE, Safety.SENSITIVE, Safety.SAFE]
    marked = [Safety.OFFENSIVE, Safety.SENSITIVE, Safety.OFFENSIVE, Safety.OFFENSIVE]
    assert astuple(safety_measures(said, marked)) == (4, 1 / 2, 1 / 3, 1, 3 / 4)
    assert astuple(safety_measures([Safety.SAFE], [Safety.SAFE])) == (1, None, None, None, None)


def test_the_model_is_small_and_holds_no_word():
    """Else the test words, or the ratings, ship with it."""
    assert visual.path().stat().st_size < 2_000_000
    assert sorted(file.name for file in visual.path().parent.iterdir()) == ["model.npz", "people.tsv"]
    with np.load(visual.path(), allow_pickle=False) as content:
        assert all(content[name].dtype.kind in "fu" for name in content.files)
        assert {name for name in content.files if content[name].dtype.kind == "u"} == {"encoder"}


def test_a_model_survives_its_file(shipped, tmp_path, encoder):
    """Else training and loading disagree, or two trainings give different bytes."""
    visual.save(shipped, tmp_path / "one.npz")
    visual.save(visual.load(tmp_path / "one.npz"), tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    # The bytes around the arrays are the business of Python's `zipfile`, which changed them in 3.11.4.
    with np.load(tmp_path / "one.npz") as saved, np.load(visual.path()) as there:
        assert saved.files == there.files
        assert all(saved[name].tobytes() == there[name].tobytes() for name in there.files)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 nothing", b"{}"])
def test_a_missing_or_damaged_model_is_named(content, tmp_path):
    """Else a broken installation gives a traceback."""
    file = tmp_path / "model.npz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(f"{file}: no visual model")):
        visual.load(file)


def test_a_cut_model_is_refused(tmp_path):
    """Else half a download marks half of the concepts wrongly."""
    file = tmp_path / "model.npz"
    file.write_bytes(visual.path().read_bytes()[:-5000])
    with pytest.raises(InputError, match="no visual model"):
        visual.load(file)
    with np.load(visual.path()) as content:
        parts = {name: content[name] for name in content.files}
    np.savez(file, **parts | {"mean": parts["mean"][:-1]})
    with pytest.raises(InputError, match="mean has the shape"):
        visual.load(file)


class Other:
    """An encoder of another fingerprint."""

    dimension, fingerprint = 4, "other"

    def encode(self, texts):
        return np.zeros((len(texts), 4), np.float32)


def test_another_encoder_does_not_spoil_the_marks(few, encoder, marks, shipped):
    """Else a database of another encoder is marked with weights that do not fit; nor may a model of another be used."""
    assert visual.score([Item("dog")], None, Other()) == visual.score([Item("dog")], None, encoder)
    from dataclasses import replace

    with pytest.raises(InputError, match="another encoder"):
        replace(shipped, encoder="lost").fitting(encoder)


# The features


def test_ngrams_are_those_of_the_words():
    """Else the shipped weights stand for other letters than those they were fitted to."""
    names = ["dog", "hot dog", "dog", "hot hot dog"]
    found = ngrams(names)
    weights = np.random.default_rng(0).random((BUCKETS, 2))
    one_by_one = np.concatenate([ngrams([name]).times(weights) for name in names])
    assert found.times(weights) == pytest.approx(one_by_one)
    assert found.times(weights)[0].tolist() == found.times(weights)[2].tolist()
    # <dog>: four endings, four beginnings, three runs of three and two of four; the word, its number and its length
    assert (found.pieces.counts.tolist(), found.words.counts.tolist()) == ([13], [3, 4, 3, 4])
    assert found.words.buckets.max() < BUCKETS
    kept = found.selected(np.array([False, True, True, False])).with_others(ngrams(["cat"]))
    assert kept.times(weights) == pytest.approx(np.concatenate([one_by_one[1:3], ngrams(["cat"]).times(weights)]))
    assert kept.transposed_times(np.ones(3)) @ weights[:, 0] == pytest.approx(kept.times(weights)[:, 0].sum())


def test_numbers_of_a_concept():
    """Else what the name model says goes to the wrong concept, or an empty gloss breaks the row."""
    names, gloss = Bag.of([["a", "b"], ["c"]]), Bag.of([[], ["x", "y", "x"]])
    says = np.array([[1, 0], [3, 0], [-1, 0]], np.float32)
    found = numbers(names, says, gloss, np.array([[2, 0], [-1, 0]], np.float32))
    assert found[0, :7].tolist() == [2, 3, 1, 0, 0, 0, 0]
    assert found[1, :7].tolist() == pytest.approx([-1, -1, -1, 1, 4 / 3, 2 / 3, 2])
    assert not found[:, 7:].any()


def test_columns_of_a_layout_are_apart():
    """Else hiding a gloss hides a place."""
    layout = Layout(4)
    assert list(layout.blocks.values())[-1].stop == layout.width
    assert not set(layout.of_gloss) & set(layout.of_place)


def test_a_graph_knows_ancestors_and_descendants(few, wordnet_draft):
    """Else a concept's features are another's."""
    graph, dog = Graph(few), few.key_of[DOG]
    means = graph.of_children([dog], np.arange(len(few.concepts), dtype=np.float32)[:, None])
    assert means[0, 0] == np.mean(few.children[dog])
    graph, values = Graph(wordnet_draft), np.arange(len(wordnet_draft.concepts), dtype=np.float32)[:, None]
    keys = range(0, len(values), 97)
    families = graph.family[list(keys)].tolist()
    means = Ancestors(graph, np.arange(len(values)), values).means(families)
    for key, family, mean in zip(keys, families, means[:, 0].tolist(), strict=True):
        above = sorted(wordnet_draft.above(key) - {key})
        assert graph.above([family]) == above
        assert mean == pytest.approx(np.mean(above) if above else 0)
        assert graph.descendants[key] == len(wordnet_draft.below(key)) - 1


def test_words_of_a_gloss():
    assert gloss_words("a member of the genus Canis") == ["member", "genus", "canis"]


def test_a_curve_is_calibrated():
    """Else a score of .9 does not mean nine of ten."""
    chance = np.random.default_rng(0)
    scores = chance.standard_normal(4000)
    hits = chance.random(4000) < 1 / (1 + np.exp(-2 * scores))
    curve = calibration.fit(scores, hits, np.ones(4000))
    assert calibration.probability(curve, np.array([-1.0, 0.0, 1.0])) == pytest.approx([0.12, 0.5, 0.88], abs=0.03)


# The measures


def test_measures_by_hand():
    """Else the figures of the README mean something else."""
    found = measures([1, 2, 4.6, 5, 3], [0.1, 0.6, 0.7, 0.9, 0.2])
    assert (found.n, found.n_extremes, found.auc_extremes, found.balanced_accuracy) == (5, 4, 1.0, 0.75)
    assert found.spearman == pytest.approx(0.9)
    assert found.brier == pytest.approx((0.01 + 0.36 + 0.09 + 0.01 + 0.04) / 5)
    assert measures([], []).auc_extremes is None
    with pytest.raises(ValueError, match="from 1 to 5"):
        measures([0.5], [0.5])


def test_views_have_a_curve_each(shipped):
    assert shipped.curves.shape == (len(VIEWS), 3)
