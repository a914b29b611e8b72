"""What a training loop does with the file of ``taxonomy export arrays``: targets, masks, levels and losses.

The functions here need NumPy only, and suit a data loader.  `taxonomy.training.losses` has the losses, and the targets
and masks again for tensors on any device; it needs PyTorch (``pip install 'label-taxonomy[torch]'``).

    from taxonomy.training import load, losses, supervise

    space = load("arrays.npz")
    dog = space.datasets["coco"].index_of["18"]
    labels, mask = supervise(space, [[dog], []], "coco")  # an image with a dog, and one with nothing that is annotated
    loss = losses.masked_cross_entropy(logits, torch.from_numpy(labels), torch.from_numpy(mask))
"""

from taxonomy.training.levels import Levels, levels
from taxonomy.training.space import Dataset, LabelSpace, load
from taxonomy.training.targets import Targets, expand, supervise

__all__ = ["Dataset", "LabelSpace", "Levels", "Targets", "expand", "levels", "load", "supervise"]
