"""`taxonomy.training` without PyTorch: targets, masks and levels that do not teach what nobody annotated."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spaces import made

from taxonomy.errors import InputError
from taxonomy.training import expand, levels, load, supervise

# animal: dog (puppy), cat; pet: dog; vehicle: car
SPACE = made(
    {"animal": "", "pet": "", "vehicle": "", "dog": "animal pet", "cat": "animal", "car": "vehicle", "puppy": "dog"},
    all="animal pet vehicle dog cat car puppy",
    dogs="dog car",
    coarse="animal vehicle",
)
INDEX = {name: index for index, name in enumerate(SPACE.ids)}


def indexes(names: str) -> list[int]:
    return [INDEX[name] for name in names.split()]


def said(labels: str, dataset: str, absent: str | None = None, *, specific: bool = False) -> tuple[str, str]:
    """Return the names of what is positive and of what is negative in an image."""
    target = supervise(
        SPACE, [indexes(labels)], dataset, None if absent is None else [indexes(absent)], specific=specific
    )
    present, known = target.labels[0] > 0, target.mask[0]
    assert not (present & ~known).any()
    return tuple(" ".join(np.array(SPACE.ids)[which]) for which in (present, known & ~present))


def test_a_label_implies_all_above_it():
    """Else *animal* is trained as absent from pictures of dogs, by every parent of theirs."""
    hot = expand(SPACE, [indexes("puppy"), indexes("car cat"), [], [-1]])
    assert hot.dtype == np.float32
    assert [" ".join(np.array(SPACE.ids)[row > 0]) for row in hot] == [
        "animal pet dog puppy",
        "animal vehicle cat car",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("labels", "dataset", "positive", "negative"),
    [
        ("dog", "all", "animal pet dog", "vehicle cat car"),  # the dog may be a puppy
        (
            "animal",
            "all",
            "animal",
            "pet vehicle car",
        ),  # it may be a cat; whether a dog, pet says too, but not for sure
        ("animal dog", "all", "animal pet dog", "vehicle cat car"),  # written out already: the same
        ("dog", "dogs", "animal pet dog", "car"),  # nobody looked for cats, nor for vehicles
        ("car", "dogs", "vehicle car", "dog puppy"),  # no dog, so no puppy; there may be a cat, so an animal
        ("", "dogs", "", "dog car puppy"),
        ("", "coarse", "", "animal vehicle dog cat car puppy"),  # no animal, so no dog; there may be a pet rock
        ("animal", "coarse", "animal", "vehicle car"),
    ],
)
def test_what_nobody_annotated_is_unknown(labels, dataset, positive, negative):
    """Else a detector unlearns in one dataset what another one teaches it."""
    assert said(labels, dataset) == (positive, negative)


def test_verified_labels_are_all_that_is_absent():
    """Else federated datasets, as LVIS and Open Images, teach that what nobody checked is not there."""
    assert said("dog", "all", "vehicle") == ("animal pet dog", "vehicle car")
    assert said("dog", "all", "puppy") == ("animal pet dog", "puppy")  # looked for, so known below the label too
    assert said("dog", "all", "animal") == ("animal pet dog", "")  # what is there cannot have nothing above it
    assert said("dog", "all", "") == ("animal pet dog", "")


def test_labels_that_are_as_specific_as_can_be_deny_what_is_below_them():
    """Else a dataset that annotates animals and dogs never says which animals are no dogs."""
    assert said("animal", "all", specific=True) == ("animal", "pet vehicle dog cat car puppy")
    assert said("animal", "dogs", specific=True) == ("animal", "dog car puppy")
    assert said("dog", "dogs", specific=True) == ("animal pet dog", "car")  # it does not annotate puppies


def test_a_batch_of_several_datasets():
    """Else images of two datasets cannot be in one batch, or one's silence is read as the other's."""
    both = supervise(SPACE, [indexes("car"), indexes("car"), indexes("car")], ["dogs", "all", "all"], [None, None, [3]])
    for row, (dataset, absent) in enumerate([("dogs", None), ("all", None), ("all", [[3]])]):
        alone = supervise(SPACE, [indexes("car")], dataset, absent)
        assert (both.labels[row] == alone.labels[0]).all()
        assert (both.mask[row] == alone.mask[0]).all()


@given(st.lists(st.sampled_from(range(len(SPACE))), max_size=4), st.sampled_from(list(SPACE.datasets)))
def test_masks_never_contradict_the_hierarchy(labels, dataset):
    """Else some image has a concept and lacks what is above it, or denies what its dataset cannot know."""
    target = supervise(SPACE, [labels], dataset)
    negative = target.mask[0] & (target.labels[0] == 0)
    for index in np.flatnonzero(target.labels[0]):
        assert target.labels[0][SPACE.ancestors[index]].all()
    annotated = SPACE.datasets[dataset].annotated
    for index in np.flatnonzero(negative):
        assert annotated[index] or annotated[SPACE.ancestors[index]].any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expand(SPACE, [[0], [7]]), "image 1: 7 is no index of the label space, which has 7 concepts"),
        (lambda: expand(SPACE, [[-2]]), "image 0: -2 is no index"),
        (lambda: supervise(SPACE, [[0]], "coco"), "coco: no such dataset in the label space; it has all, dogs, coarse"),
        (lambda: supervise(SPACE, [[0]], ["all", "all"]), "1 images, but 2 datasets"),
    ],
)
def test_a_slip_is_named(call, message):
    """Else an index of another file trains some other class, silently."""
    with pytest.raises(InputError, match=message):
        call()


# Levels


def test_levels_by_hand():
    """Else levels, targets or weights of the semantic softmax are not those of the paper."""
    found = levels(SPACE)  # the tree: animal (dog (puppy), cat), pet, vehicle (car)
    assert [[SPACE.ids[index] for index in level] for level in found.classes] == [
        ["animal", "pet", "vehicle"],
        ["dog", "cat", "car"],  # puppy is alone on its level, where there is nothing to choose
    ]
    assert found.targets[INDEX["puppy"]].tolist() == [0, 0]
    assert found.targets[INDEX["car"]].tolist() == [2, 2]
    assert found.targets[INDEX["pet"]].tolist() == [1, -1]
    assert found.weights.tolist() == pytest.approx([7 / 7, 7 / 4])
    assert levels(SPACE, most=1.5).weights.tolist() == pytest.approx([1, 1.5])


@given(st.lists(st.integers(-1, 30), min_size=1, max_size=40))
def test_levels_of_any_tree(drawn):
    """Else a class far down some branch gets the target of another branch."""
    parents = [parent if parent < place else -1 for place, parent in enumerate(drawn)]
    space = made({f"c{place}": f"c{parent}" if parent >= 0 else "" for place, parent in enumerate(parents)})
    found = levels(space)
    for index in range(len(space)):
        line = {index, *space.ancestors[index].tolist()}
        expected = [next((at for at, other in enumerate(each) if other in line), -1) for each in found.classes]
        assert found.targets[index].tolist() == expected


# Loading


def test_another_file_is_refused(tmp_path):
    """Else a wrong path gives a traceback of NumPy's, or a file of a later version is read wrongly."""
    path = tmp_path / "a.npz"
    with pytest.raises(InputError, match=r"a.npz: cannot be read as arrays .*taxonomy export arrays"):
        load(path)
    path.write_text("index\tid\n")
    with pytest.raises(InputError, match="cannot be read as arrays"):
        load(path)
    with path.open("wb") as out:
        np.save(out, np.zeros(3))  # one array, and not several by name
    with pytest.raises(InputError, match="cannot be read as arrays"):
        load(path)
    np.savez(path, version=np.array("new"))
    with pytest.raises(InputError, match="it is of version new, and"):
        load(path)
    np.savez(path, ids=np.zeros(3, np.uint8))
    with pytest.raises(InputError, match="it is of version 0, and this understands 1"):
        load(path)
    np.savez(path, version=np.array(1))
    with pytest.raises(InputError, match="it has no array 'dataset_indptr'"):
        load(path)
    np.savez(path, version=np.array([{}], object))
    with pytest.raises(InputError, match="cannot be read as arrays"):
        load(path)


def test_targets_need_no_torch():
    """Else a data loader, or who only wants masks in NumPy, installs a gigabyte."""
    probe = (
        "import sys; sys.modules['torch'] = None; import taxonomy.training; print('torch' in taxonomy.training.__all__)"
    )
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "False\n"
