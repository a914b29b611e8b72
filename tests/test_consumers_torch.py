"""The losses of `taxonomy.training` against NumPy, by their gradients, and in training."""

from __future__ import annotations

import numpy as np
import pytest
from consumers import consumer
from exported import ANIMAL, CANINE, CARNIVORE, DOG, group
from spaces import exported, made

import taxonomy
from taxonomy.concept import SourceClass
from taxonomy.training import expand, levels, supervise

torch = consumer("torch")
torch.set_num_threads(1)
losses = consumer("taxonomy.training.losses")

CAT, PUPPY, TRUCK = "n02121620", "n01322604", "n04490091"
# Two diamonds, three levels of more than one concept, a root alone.
SPACE = made(
    dict.fromkeys(["animal", "pet", "vehicle", "rock"], "")
    | {"dog": "animal pet", "cat": "animal pet", "car": "vehicle", "lion": "animal"}
    | {"puppy": "dog", "kitten": "cat", "taxi": "car", "bus": "vehicle"},
    all="animal pet vehicle rock dog cat car lion puppy kitten taxi bus",
    some="dog car vehicle rock",
)
SIZE = len(SPACE)


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(7)


def scores(draw: np.random.Generator, images: int = 6):
    return torch.tensor(draw.normal(size=(images, SIZE)), dtype=torch.double, requires_grad=True)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


# Targets and masks


def test_expansion_is_that_of_numpy(draw):
    """Else the loader and the device disagree on what a label implies."""
    rows = [draw.choice(SIZE, size, replace=False).tolist() for size in (0, 1, 2, 3, 5)]
    hot = torch.zeros(len(rows), SIZE)
    for image, row in enumerate(rows):
        hot[image, row] = 1
    assert losses.Hierarchy(SPACE).expand(hot).tolist() == expand(SPACE, rows).tolist()


def test_an_ancestor_is_as_sure_as_the_surest_below_it(draw):
    """Else a machine's labels lose their confidence on the way up, and the gradient of a soft label is lost."""
    sure = draw.random((3, SIZE))
    expected = sure.copy()
    for index in range(SIZE):
        for above in SPACE.ancestors[index]:
            expected[:, above] = np.maximum(expected[:, above], sure[:, index])
    hierarchy = losses.Hierarchy(SPACE)
    labels = torch.tensor(sure, requires_grad=True)
    assert hierarchy.expand(labels).detach().numpy() == pytest.approx(expected)
    assert torch.autograd.gradcheck(hierarchy.expand, (labels,))


@pytest.mark.parametrize("specific", [False, True])
@pytest.mark.parametrize("dataset", ["all", "some"])
def test_masks_are_those_of_numpy(draw, dataset, specific):
    """Else the same image has other negatives when its mask is made on the device."""
    rows = [draw.choice(SIZE, size, replace=False).tolist() for size in (0, 1, 1, 1, 2, 3) for _ in range(4)]
    target = supervise(SPACE, rows, dataset, specific=specific)
    given = torch.zeros(len(rows), SIZE)
    for image, row in enumerate(rows):
        given[image, row] = 1
    hierarchy, annotated = losses.Hierarchy(SPACE), torch.from_numpy(SPACE.datasets[dataset].annotated)
    for labels in (given, hierarchy.expand(given)):  # written out already, or not
        assert (hierarchy.mask(labels, annotated, specific=specific).numpy() == target.mask).all()


# Losses


def test_masked_cross_entropy_is_that_of_numpy(draw):
    """Else what is unknown pulls at the model after all, or the mean is over the wrong number."""
    logits, labels, mask = scores(draw), draw.random((6, SIZE)) < 0.3, draw.random((6, SIZE)) < 0.5
    weight = draw.random(SIZE)
    p = sigmoid(logits.detach().numpy())
    each = -weight * np.where(labels, np.log(p), np.log(1 - p))
    tensors = torch.tensor(labels), torch.tensor(mask), torch.tensor(weight)
    assert losses.masked_cross_entropy(logits, *tensors).item() == pytest.approx((each * mask).sum() / mask.sum())
    assert torch.autograd.gradcheck(lambda x: losses.masked_cross_entropy(x, *tensors), (logits,))
    losses.masked_cross_entropy(logits, *tensors).backward()
    assert (logits.grad[~tensors[1]] == 0).all()
    assert losses.masked_cross_entropy(logits, tensors[0], torch.zeros(6, SIZE)).item() == 0


def chain(label: int) -> list[int]:
    """Return a label and what is above it in the tree."""
    return [label, *chain(int(SPACE.tree_parent[label]))] if label >= 0 else []


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_semantic_softmax_is_that_of_numpy(draw, smoothing):
    """Else a class competes with its own parent, or levels count otherwise than in the paper."""
    logits, labels = scores(draw, SIZE), np.arange(SIZE)
    values, found = logits.detach().numpy(), levels(SPACE)
    expected = 0.0
    for classes, weight in zip(found.classes, found.weights, strict=True):
        for image, label in enumerate(labels):
            line = {label, *SPACE.ancestors[label].tolist()} if label < 4 else set()
            while label >= 0:  # the one chain of the tree
                line.add(label)
                label = int(SPACE.tree_parent[label])
            target = [place for place, index in enumerate(classes) if index in line]
            if target:
                row = values[image, classes]
                log = row - np.log(np.exp(row).sum())
                goal = np.full(len(row), smoothing / len(row))
                goal[target[0]] += 1 - smoothing
                expected -= weight * (goal * log).sum() / SIZE
    loss = losses.SemanticSoftmax(SPACE, smoothing)
    assert len(loss.sizes) == 3
    assert loss(logits, torch.tensor(labels)).item() == pytest.approx(expected)
    few = torch.tensor([0, 6, 11])  # of each level
    assert torch.autograd.gradcheck(lambda x: loss(x, few), (logits[:3],))
    (gradient,) = torch.autograd.grad(loss(logits[:3], few), logits)
    assert (gradient[0, 4:] == 0).all()  # an animal says nothing of levels below it


def tencents_coefficients(batches: list[np.ndarray], chosen: list[np.ndarray]) -> list[np.ndarray]:
    """Count as the paper does, class by class."""
    runs, found = [(0, 0)] * SIZE, []
    for labels, select in zip(batches, chosen, strict=True):
        row = np.zeros(SIZE)
        for index, (p, n) in enumerate(runs):
            if (labels[:, index] >= 0.7).any():
                runs[index] = p + 1, 0
                row[index] = max(0.01, np.log10(10 / (0.01 + p + 1)))
            else:
                n += int(select[index])
                runs[index] = 0, n
                row[index] = max(0.001, np.log10(10 / (8 + n))) if select[index] else 0
        found.append(row)
    return found


def test_tencents_coefficients_are_those_of_numpy(draw):
    """Else frequent classes, or the thousands that a batch does not show, drown the others."""
    batches = [np.where(draw.random((2, SIZE)) < 0.2, draw.choice([0.6, 0.9, 1.0]), 0.0) for _ in range(12)]
    loss = losses.TencentLoss(SIZE, select=0.5, generator=torch.Generator().manual_seed(1))
    same = torch.Generator().manual_seed(1)
    chosen = [torch.rand(SIZE, generator=same).numpy() < 0.5 for _ in batches]
    found = [loss.coefficients(torch.tensor(labels)).numpy() for labels in batches]
    for ours, expected in zip(found, tencents_coefficients(batches, chosen), strict=True):
        assert ours == pytest.approx(expected, abs=1e-6)
    assert max(row.max() for row in found) > 0.9  # a class's first positive


def test_tencents_loss_is_that_of_numpy(draw):
    """Else a positive counts other than twelve times a negative, or the sum is over the wrong axis."""
    logits, labels, mask = scores(draw), draw.random((6, SIZE)), draw.random((6, SIZE)) < 0.7
    coefficients = draw.random(SIZE)
    p = sigmoid(logits.detach().numpy())
    each = -(12 * labels * np.log(p) + (1 - labels) * np.log(1 - p)) * mask
    tensors = torch.tensor(labels), torch.tensor(coefficients), torch.tensor(mask)
    loss = losses.weighted_cross_entropy(logits, *tensors)
    assert loss.item() == pytest.approx((each.mean(0) * coefficients).sum())
    assert torch.autograd.gradcheck(lambda x: losses.weighted_cross_entropy(x, *tensors), (logits,))


def test_tencents_counts_go_with_the_model_and_rest_in_evaluation():
    """Else training that resumes begins to count anew, and validation counts too."""
    loss = losses.TencentLoss(SIZE, select=1.0)
    labels, mask = torch.zeros(2, SIZE), torch.ones(2, SIZE, dtype=torch.bool)
    labels[0, 0], mask[:, 1] = 1, False
    for _ in range(3):
        loss(torch.zeros(2, SIZE), labels, mask)
    assert (loss.positives[0].item(), loss.negatives[2].item()) == (3, 3)
    assert (loss.positives[1].item(), loss.negatives[1].item()) == (0, 0)  # nobody knows of it
    resumed = losses.TencentLoss(SIZE)
    resumed.load_state_dict(loss.state_dict())
    resumed.eval()
    assert resumed(torch.zeros(2, SIZE), labels).item() == pytest.approx((13 / 2 + SIZE - 0.5 - 0.5) * np.log(2), rel=1)
    assert resumed.positives[0].item() == 3


# All of it together


def test_masks_learn_what_silence_would_unteach(few_build, tmp_path):
    """Else all of this is for nothing: of two datasets, each is silent on what the other one annotates.

    Pictures are made up: their features are those of what they show and of all above it, with noise.  One dataset
    annotates dogs, the other animals: silence that is taken for absence teaches that dogs are no animals.
    """
    names = {DOG: "dog", CAT: "cat", TRUCK: "truck", ANIMAL: "animal", CARNIVORE: "carnivore", CANINE: "canine"}
    fine, coarse = (DOG, CAT, TRUCK), (ANIMAL, CARNIVORE, CANINE, TRUCK)
    path = few_build(
        *(
            group(name, *(SourceClass(wnid, names[wnid], wnid=wnid) for wnid in wnids))
            for name, wnids in (("fine", fine), ("coarse", coarse))
        )
    )
    with taxonomy.open(path) as opened:
        space = exported(opened, tmp_path)
    draw = np.random.default_rng(0)
    own = draw.normal(size=(len(space), 16))
    shown = [space.ids.index(each) for each in (DOG, CAT, TRUCK)]
    truth = expand(space, [[int(each)] for each in draw.choice(shown, 900)])
    features = truth @ own + 0.5 * draw.normal(size=(900, 16))
    datasets = ["fine" if place % 2 else "coarse" for place in range(600)]
    labels = [
        np.flatnonzero(row * space.datasets[name].annotated).tolist()
        for row, name in zip(truth[:600], datasets, strict=True)
    ]
    target = supervise(space, labels, datasets, specific=True)
    naive = np.zeros_like(target.labels)
    for image, row in enumerate(labels):
        naive[image, row] = 1

    def errors(labels: np.ndarray, mask: np.ndarray) -> float:
        """Train, and return the share of wrong answers on the other pictures."""
        model = torch.nn.Linear(16, len(space))
        torch.nn.init.zeros_(model.weight)
        torch.nn.init.zeros_(model.bias)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        x, y, known = (torch.from_numpy(np.asarray(each)) for each in (features[:600].astype(np.float32), labels, mask))
        for _ in range(200):
            optimizer.zero_grad()
            losses.masked_cross_entropy(model(x), y, known).backward()
            optimizer.step()
        with torch.no_grad():
            answers = model(torch.from_numpy(features[600:].astype(np.float32))).numpy() > 0
        return float((answers != (truth[600:] > 0)).mean())

    everything = np.ones_like(target.mask)
    silence_is_absence, expanded = errors(naive, everything), errors(target.labels, everything)
    masked = errors(target.labels, target.mask)
    assert masked < 0.03 < expanded < 0.5 * silence_is_absence  # 0, 6.6 and 20.1%
