"""The joint model where each item was judged once or a few times, beside simpler models.

    ASSENT_DATA=DIR python benchmarks/annotators_sparse.py
    python benchmarks/annotators_sparse.py --only pandalm_test --seeds 5

Replies to prompts, compared within each prompt alone: what most people who train language models
have. By seed a fifth of the answers is held out, whatever it is about. Log-losses are nats an
answer. `frequencies`: how often each level was given; `pooled`: the same likelihood with
everybody believed alike, utilities the most probable ones; `joint`: this package's default.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy.stats import t as student
from sets import folder

from assent.answers.judged import judged
from assent.interop import files
from assent.likelihood.evidence import Evidence
from assent.likelihood.items import fit_items
from assent.likelihood.prediction import predict_items

SETS = (
    "hh_rlhf_test",
    "llmbar",
    "pandalm_test",
    "tulu_human_eval",
    "qa_feedback",
    "writing_rankings",
    "delivery_prefs",
)


def frequencies(learnt: Evidence, unseen: Evidence) -> float:
    """Each level as often as before; of orders, every strict one alike."""
    losses = []
    for block in unseen.grades:
        levels = unseen.scales[block.scale].levels
        seen = np.full(levels, 0.5)
        for other in learnt.grades:
            if other.scale == block.scale:
                seen += np.bincount(other.level, minlength=levels)
        losses.append(-np.log(seen / seen.sum())[block.level])
    losses += [np.full(len(block.items), -block.log_uniform) for block in unseen.orders]
    return float(np.concatenate(losses).mean())


def modelled(pooled: bool) -> Callable[[Evidence, Evidence], float]:
    """By the likelihood, fitted to what was learnt from."""

    def loss(learnt: Evidence, unseen: Evidence) -> float:
        fit = fit_items(learnt, learnt.items, pooled=pooled)
        parts = predict_items(fit, unseen, np.random.default_rng(0))
        return float(-np.log(np.concatenate([part.observed for part in parts])).mean())

    return loss


MODELS = {"frequencies": frequencies, "pooled": modelled(True), "joint": modelled(False)}


def main() -> None:
    """Every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SETS, nargs="*", default=list(SETS))
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    for name in given.only:
        evidence = judged(files.read(folder() / name)).evidence
        figures: dict[str, list[float]] = {model: [] for model in MODELS}
        for seed in range(given.seeds):
            order = np.random.default_rng(seed).permutation(evidence.count)
            held = evidence.count // 5
            learnt = evidence.take(np.sort(order[held:]))
            unseen = evidence.take(np.sort(order[:held]))
            for model, loss in MODELS.items():
                figures[model].append(loss(learnt, unseen))
        told = "  ".join(f"{model} {_interval(row)}" for model, row in figures.items())
        print(f"{name:18}{told}", flush=True)


def _interval(values: list[float]) -> str:
    found = np.array(values)
    width = student.ppf(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found))
    return f"{found.mean():.4f} ±{width:.4f}"


if __name__ == "__main__":
    main()
