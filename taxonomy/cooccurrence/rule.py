"""The rule: where one label is, another is too."""

from __future__ import annotations

from typing import NamedTuple

COLUMNS = ("if", "then", "n_if", "n_both", "n_verified", "probability", "lower_bound", "lift", "estimator")
"""The columns of a file of rules, in the order of the fields of a `Rule`."""

CHAINED = 0.8
"""How probable what a chain of rules adds must be: rules are not independent, as its product takes for granted.

By `scripts/measure_rules.py --chains`, of partly verified labels: down to that, chains cost no precision.
"""


class Rule(NamedTuple):
    """An image with ``condition`` has ``consequence``.

    Attributes:
        condition: id of the label that is there.
        consequence: id of the label that comes with it.
        n_if: images with the condition.
        n_both: images with both.
        n_verified: images with the condition where somebody looked for the consequence.
        probability: estimate of the share of the images with the condition that show the consequence.
        lower_bound: what that share surpasses at the confidence that was asked for.
        lift: ``probability`` divided by the share of all images that show the consequence.
        estimator: how ``probability`` was estimated.
    """

    condition: str
    consequence: str
    n_if: int
    n_both: int
    n_verified: int
    probability: float
    lower_bound: float
    lift: float
    estimator: str
