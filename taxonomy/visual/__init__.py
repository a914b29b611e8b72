"""Visual marks: whether a concept can be seen in a picture, whether it often is, and whether it may label people.

marks = mark(draft, encoder)                    # of every concept of a draft
scores = score([Item("unicorn")], None, encoder)
trained = train([Label(Item("unicorn"), 1.0), Label(Item("karma"), 0.0)], None, encoder, load())
"""

from taxonomy.visual.mark import Item, mark, mark_some, score
from taxonomy.visual.model import Model, load, path, save
from taxonomy.visual.reach import reached
from taxonomy.visual.safety import path as judged_path
from taxonomy.visual.train import Label, Trained, ask, train

__all__ = [
    "Item", "Label", "Model", "Trained", "ask", "judged_path", "load", "mark", "mark_some", "path", "reached", "save",
    "score", "train",
]  # fmt: skip
