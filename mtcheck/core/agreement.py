"""How often people agree with a metric about which of two systems is better, given the difference of their scores.

Kocmi, Zouhar, Federmann and Post 2024, "Navigating the Metrics Maze: Reconciling Score Magnitudes and Accuracies"
(ACL 2024, arXiv:2401.06760) fit, on thousands of pairs of systems that people compared, the accuracy

    a / (1 + exp(-b x difference)), in per cent,

for each metric. The parameters below are theirs, from the tool that they published with the paper
(github.com/kocmitom/MT-Thresholds); with them a difference of 1.06 BLEU or 0.76 chrF has an accuracy of 65 per cent,
as in the paper's table of thresholds. For metrics that are not listed here they say nothing, and neither do we.
"""

from __future__ import annotations

import math

_FITTED = {"bleu": (88.33333333333225, 0.9663926931178954), "chrf": (92.999999999972, 1.1142732157139852)}

SOURCE = "Kocmi et al. 2024, arXiv:2401.06760"
# Where we say that a difference is too small to matter: of three pairs of systems, people contradict the metric in one.
NOTICED = 0.65


def accuracy(score: str, difference: float) -> float | None:
    """The share of pairs of systems so far apart of which people prefer the one with the better score, 0 to 1."""
    if score not in _FITTED:
        return None
    ceiling, slope = _FITTED[score]
    return ceiling / 100 / (1 + math.exp(-slope * abs(difference)))
