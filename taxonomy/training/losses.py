"""Losses for labels in a hierarchy, and its targets and masks for tensors; needs PyTorch.

Labels and masks are those of `taxonomy.training.supervise`, or of `Hierarchy`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from taxonomy.training.levels import levels
from taxonomy.training.space import LabelSpace


class Hierarchy(nn.Module):
    """Targets and masks on the device of the model; the same as `taxonomy.training.targets`, where they are explained.

    Every pair of a concept and one above it is looked at for every image: make them in the data loader where there are
    many concepts.
    """

    lower: Tensor
    upper: Tensor

    def __init__(self, space: LabelSpace) -> None:
        super().__init__()
        self.register_buffer("lower", torch.from_numpy(space.ancestors.owners()).long(), persistent=False)
        self.register_buffer("upper", torch.from_numpy(space.ancestors.indices).long(), persistent=False)

    def expand(self, labels: Tensor) -> Tensor:
        """Return labels with all that is above each, as sure as the surest one below it.

        Args:
            labels: ``(images, concepts)``, how sure each is, 0 to 1.
        """
        return self._spread(labels, self.lower, self.upper)

    def mask(self, labels: Tensor, annotated: Tensor, *, specific: bool = False) -> Tensor:
        """Return where labels are known, ``(images, concepts)`` bool.

        Args:
            labels: ``(images, concepts)``, more than 0 where labelled; expanded or not.
            annotated: ``(images, concepts)`` or ``(concepts,)`` bool, what each image's dataset annotates.
            specific: whether labels are as specific as the classes of their dataset allow.
        """
        given = (labels > 0).float()
        implied = self._spread(torch.zeros_like(given), self.lower, self.upper, given) > 0
        positive = implied | (given > 0)
        absent, maybe = annotated & ~positive, torch.zeros_like(positive)
        if not specific:
            maybe = self._spread(given * ~implied, self.upper, self.lower) > 0
        below = self._spread((absent & ~maybe).float(), self.upper, self.lower) > 0
        return positive | below & ~maybe

    @staticmethod
    def _spread(into: Tensor, source: Tensor, target: Tensor, values: Tensor | None = None) -> Tensor:
        """Give each concept at least the value of those that point at it."""
        pairs = (into if values is None else values)[:, source]
        return into.scatter_reduce(1, target.expand(len(into), -1), pairs, "amax")


def masked_cross_entropy(logits: Tensor, labels: Tensor, mask: Tensor, weight: Tensor | None = None) -> Tensor:
    """Return the binary cross-entropy, on average over what is known.

    Args:
        logits: ``(images, concepts)``, raw scores.
        labels: ``(images, concepts)``, 1 where positive.
        mask: ``(images, concepts)``, whether an image says anything of a concept.
        weight: ``(concepts,)``, such as ``class_weight`` of a label space.
    """
    each = functional.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype), weight, reduction="none")
    known = mask.to(logits.dtype)
    return (each * known).sum() / known.sum().clamp(min=1)


class SemanticSoftmax(nn.Module):
    """A cross-entropy for each level of the hierarchy, of images with one label (see `taxonomy.training.levels`).

    Ridnik et al., ImageNet-21K Pretraining for the Masses, NeurIPS 2021: the concepts of a level compete with each
    other only, so *dog* does not compete with *animal*.  An image adds nothing on the levels below its label.

    Args:
        space: the label space.
        smoothing: share of a level's target that goes to all its concepts alike.
        most: the greatest weight of a level.
    """

    targets: Tensor
    weights: Tensor

    def __init__(self, space: LabelSpace, smoothing: float = 0.0, most: float = 20.0) -> None:
        super().__init__()
        found = levels(space, most)
        self.smoothing = smoothing
        self.sizes = [len(classes) for classes in found.classes]
        for level, classes in enumerate(found.classes):
            self.register_buffer(f"classes_{level}", torch.from_numpy(classes).long(), persistent=False)
        self.register_buffer("targets", torch.from_numpy(found.targets).long(), persistent=False)
        self.register_buffer("weights", torch.from_numpy(found.weights), persistent=False)

    def split(self, logits: Tensor) -> list[Tensor]:
        """Return the logits of each level, ``(images, concepts of the level)``."""
        return [logits[:, self.get_buffer(f"classes_{level}")] for level in range(len(self.sizes))]

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss: of each level on average over all images, times its weight, summed.

        Args:
            logits: ``(images, concepts)``.
            labels: ``(images,)`` int64, the index of each image's label.
        """
        total = logits.new_zeros(())
        targets = self.targets[labels]
        for level, scores in enumerate(self.split(logits)):
            loss = functional.cross_entropy(
                scores, targets[:, level], ignore_index=-1, reduction="sum", label_smoothing=self.smoothing
            )
            total = total + self.weights[level].to(logits.dtype) * loss / len(logits)
        return total


def weighted_cross_entropy(
    logits: Tensor,
    labels: Tensor,
    coefficients: Tensor,
    mask: Tensor | None = None,
    positive_weight: float = 12.0,
) -> Tensor:
    """Return the weighted binary cross-entropy of Tencent ML-Images: the sum over concepts of the mean over images.

    Args:
        logits: ``(images, concepts)``, raw scores.
        labels: ``(images, concepts)``, how sure each is to be there.
        mask: ``(images, concepts)``, whether an image says anything of a concept; all is known without.
        coefficients: ``(concepts,)``, what each counts in this batch.
        positive_weight: how much more a positive counts than a negative.
    """
    each = functional.binary_cross_entropy_with_logits(
        logits, labels.to(logits.dtype), reduction="none", pos_weight=logits.new_tensor(positive_weight)
    )
    known = each if mask is None else each * mask.to(logits.dtype)
    return (known.mean(0) * coefficients.to(logits.dtype)).sum()


class TencentLoss(nn.Module):
    """The loss of Tencent ML-Images, which keeps the many concepts that a batch does not show from drowning the others.

    Wu et al., Tencent ML-Images: A Large-Scale Multi-Label Image Database, IEEE Access 2019 (arXiv 1901.01703), with
    the constants of their code.  A concept that has a positive in the batch counts max(0.01, log10(10 / (0.01 + p))),
    where p is for how many batches in a row it has had one; a concept that has none is trained on in a random tenth of
    such batches, and then counts max(0.001, log10(10 / (8 + n))), where n is how many of these there were in a row.  So
    what comes batch after batch counts less and less.  Here a concept of which a batch knows nothing keeps its p and n.

    In evaluation the coefficients are 1 and the counts stay.  Each process counts its own batches.

    Args:
        concepts: how many.
        positive_weight: how much more a positive counts than a negative.
        select: share of the concepts without a positive that are trained on.
        sure: how sure a label has to be to make its concept one with a positive.
        generator: of the random choice.
    """

    positives: Tensor
    negatives: Tensor

    def __init__(
        self,
        concepts: int,
        positive_weight: float = 12.0,
        select: float = 0.1,
        sure: float = 0.7,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.positive_weight, self.select, self.sure, self.generator = positive_weight, select, sure, generator
        self.register_buffer("positives", torch.zeros(concepts))
        self.register_buffer("negatives", torch.zeros(concepts))

    @torch.no_grad()
    def coefficients(self, labels: Tensor, mask: Tensor | None = None) -> Tensor:
        """Count a batch, and return what each concept counts in it, ``(concepts,)``."""
        known = torch.ones_like(labels, dtype=torch.bool) if mask is None else mask.bool()
        present = ((labels >= self.sure) & known).any(0)
        missing = known.any(0) & ~present
        draw = torch.rand(len(self.positives), generator=self.generator, device=self._device())
        chosen = missing & (draw.to(labels.device) < self.select)
        self.positives.copy_(torch.where(present, self.positives + 1, self.positives * ~missing))
        self.negatives.copy_(torch.where(present, 0, self.negatives + chosen))
        positive = (1 - torch.log10(0.01 + self.positives)).clamp(min=0.01)
        negative = (1 - torch.log10(8 + self.negatives)).clamp(min=0.001)
        return positive * present + negative * chosen

    def forward(self, logits: Tensor, labels: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the loss of a batch (see `weighted_cross_entropy`)."""
        coefficients = self.coefficients(labels, mask) if self.training else torch.ones_like(self.positives)
        return weighted_cross_entropy(logits, labels, coefficients, mask, self.positive_weight)

    def _device(self) -> torch.device:
        return self.positives.device if self.generator is None else self.generator.device
