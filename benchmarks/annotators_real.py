"""The joint model of items and annotators on answers by real people, beside named baselines.

    ASSENT_DATA=DIR python benchmarks/annotators_real.py
    python benchmarks/annotators_real.py --only ratings rankings

ratings     a fifth of the ratings held out: beside item mean plus rater mean, plain and shrunk
arguments   UKP: a third of the answers predicts the rest, beside pooled Bradley-Terry with
            ties; all answers, Spearman with the published ranks, also beside choix without ties
crowds      recovering gold labels, beside Dawid-Skene (classes) or worker means (grades)
rankings    sushi, beside Plackett-Luce; potatoes, beside Borda counts, and how much better than
            with everybody alike the rest of somebody's order is foretold from a part of it
Log-losses are nats an answer, of ratings at the levels in which they were given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace

import choix
import numpy as np
import numpy.typing as npt
from scipy.special import ndtr
from scipy.stats import spearmanr
from sets import Ratings, compared_arguments, crowd, folder, lines, ranked, rankings, rated, table
from sets import segment as named

from assent.likelihood.effects import Effects
from assent.likelihood.evidence import Evidence, GradeBlock
from assent.likelihood.items import fit_items
from assent.likelihood.prediction import predict_items
from assent.records import Order

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
_SPLITS = 6
_POTATOES = folder() / "item_rankings" / "potato_truth.csv.gz"


def show(name: str, **figures: float) -> None:
    """One row."""
    print(f"{name:34}", "  ".join(f"{k} {v:.4f}" for k, v in figures.items()), flush=True)


def ratings() -> None:
    """Held-out ratings by known raters of known items."""
    for name in ("convabuse", "popquorn_offensiveness", "socnav1", "stanford_politeness"):
        found = rated(name)
        train = np.random.default_rng(0).random(len(found.value)) > 0.2
        for kind in ("plain", "shrunk"):
            loss, error = _means(found, train, kind == "shrunk")
            show(f"{name} means, {kind}", log_loss=loss, rmse=error)
        learnt, unseen, items, _ = found.answers().split(train)
        fit = fit_items(learnt, len(items))
        (part,) = predict_items(fit, unseen, np.random.default_rng(0))
        away = part.probability @ found.worth - found.worth[part.given]
        loss = float(-np.log(part.observed).mean())
        show(f"{name} joint", log_loss=loss, rmse=float(np.sqrt((away**2).mean())))


def _means(found: Ratings, train: Mask, shrunk: bool) -> tuple[float, float]:
    """Item mean plus rater mean with normal noise: log-loss of the level, and RMSE.

    shrunk: both are random effects, whose variances are fitted by EM.
    """
    value, mean = found.value[train], found.value[train].mean()
    sides = [found.item[train], found.rater[train]]
    effects = [np.zeros(found.item.max() + 1), np.zeros(found.rater.max() + 1)]
    spread, noise = [value.var() / 3] * 2, value.var() / 3
    for _ in range(30 if shrunk else 1):
        for own, other in ((0, 1), (1, 0)):
            rest = value - mean - (effects[other][sides[other]] if shrunk else 0)
            count = np.bincount(sides[own], minlength=len(effects[own]))
            total = np.bincount(sides[own], rest, len(effects[own]))
            ridge = noise / spread[own] if shrunk else 1e-9
            effects[own] = total / (count + ridge)
            left = 1 / (count / noise + 1 / spread[own])
            spread[own] = float((effects[own] ** 2 + left)[count > 0].mean())
        away = value - mean - effects[0][sides[0]] - effects[1][sides[1]]
        noise = float((away**2).mean())
    expected = mean + effects[0][found.item[~train]] + effects[1][found.rater[~train]]
    reached = ndtr((found.edges - expected[:, None]) / np.sqrt(noise))
    ends = np.zeros((len(expected), 1))
    levels = np.diff(np.hstack([ends, reached, ends + 1]), axis=1)
    likely = np.maximum(levels[np.arange(len(levels)), found.level[~train]], 1e-6)
    wrong = expected - found.worth[found.level[~train]]
    return float(-np.log(likely).mean()), float(np.sqrt((wrong**2).mean()))


def arguments() -> None:
    """Which argument convinces more."""
    found = compared_arguments()
    train = np.random.default_rng(0).random(len(found.judgements)) < 1 / 3
    learnt, unseen, items, _ = found.split(train)
    whole, rows, _ = found.whole()
    published: dict[str, tuple[str, float]] = {}
    for row in lines(folder() / "ukp_convarg1" / "argument_ranks.jsonl.gz"):
        key = named(f"{row['side']}/{row['argument_id']}").key
        published[key] = (row["side"], -row["rank_score"])

    def likeness(utilities: Doubles) -> Doubles:
        """Spearman with the published ranks, of each side that is in this part of the set."""
        found = []
        for side in sorted({s for s, _ in published.values()}):
            keys = [k for k, (s, _) in published.items() if s == side and k in rows]
            if keys:
                theirs = [published[k][1] for k in keys]
                found.append(spearmanr([utilities[rows[k]] for k in keys], theirs).statistic)
        return np.array(found)

    joint = likeness(fit_items(whole, len(rows)).utilities)
    plain = likeness(_without_ties(whole, len(rows)))
    show("arguments Bradley-Terry, choix", spearman=float(plain.mean()))
    for pooled in (True, False):
        fit = fit_items(learnt, len(items), pooled=pooled)
        (part,) = predict_items(fit, unseen, np.random.default_rng(0))
        own = likeness(fit_items(whole, len(rows), pooled=pooled).utilities)
        show(
            "arguments " + ("Bradley-Terry, ties" if pooled else "joint"),
            log_loss=float(-np.log(part.observed).mean()),
            accuracy=float(part.right().mean()),
            spearman=float(own.mean()),
            below_joint=float((joint - own).mean()),
            error=float((joint - own).std(ddof=1) / np.sqrt(len(own))),
        )


def _without_ties(evidence: Evidence, items: int) -> Doubles:
    """Bradley-Terry utilities as most would fit them: everybody alike, ties left out."""
    (block,) = evidence.grades
    won = block.level - (evidence.scales[block.scale].levels - 1) / 2
    pairs = np.where(won[:, None] > 0, block.items, block.items[:, ::-1])[won != 0]
    return np.asarray(choix.opt_pairwise(items, pairs.tolist(), alpha=0.1))


def crowds() -> None:
    """Gold labels from crowd answers: what somebody new of this crowd would answer."""
    for name in ("rte", "product", "movie_amt", "entity_us", "entity_in"):
        found, items, gold = crowd(name)
        known = np.array([i for i, item in enumerate(items) if item in gold])
        truth = np.array([gold[items[i]] for i in known]) == found.worth[1]
        said = _consensus(found)[known, 1] > 0.5
        show(
            name,
            dawid_skene=float((_dawid_skene(found)[known] == truth).mean()),
            joint=float((said == truth).mean()),
        )
    for name in ("web", "emotion"):
        found, items, gold = crowd(name)
        known = np.array([i for i, item in enumerate(items) if item in gold])
        truth = np.array([gold[items[i]] for i in known])
        mean = np.bincount(found.item, found.value) / np.bincount(found.item)
        said = _consensus(found) @ found.worth
        errors = [float(np.sqrt(((g[known] - truth) ** 2).mean())) for g in (mean, said)]
        show(name, worker_mean_rmse=errors[0], joint_rmse=errors[1])


def _consensus(found: Ratings) -> Doubles:
    """`[N, levels]` what somebody new would answer about each item."""
    evidence, items, people = found.answers().whole()
    fit = fit_items(evidence, len(items))
    rows = np.arange(len(items))
    nothing = np.zeros(len(items), np.int64)
    who = np.full(len(items), len(people))
    block = GradeBlock(0, rows[:, None], np.zeros(len(items)), nothing, who, rows)
    asked = replace(
        evidence,
        grades=(block,),
        weight=np.ones(len(items)),
        question=rows,
        annotators=len(people) + 1,
    )
    (part,) = predict_items(fit, asked, np.random.default_rng(0), 2048)
    return part.probability


def _dawid_skene(found: Ratings, rounds: int = 100) -> Mask:
    """The likelier class of each item, of two, by EM from majority votes."""
    raters, items = found.rater.max() + 1, found.item.max() + 1
    count = np.bincount(found.item)
    belief = np.bincount(found.item, found.level) / count
    belief = np.stack([1 - belief, belief], 1)
    for _ in range(rounds):
        confusion = np.full((raters, 2, 2), 0.01)
        for truth in range(2):
            cells = 2 * found.rater + found.level
            share = np.bincount(cells, belief[found.item, truth], 2 * raters)
            confusion[:, truth] += share.reshape(raters, 2)
        confusion /= confusion.sum(2, keepdims=True)
        logs = np.tile(np.log(belief.mean(0)), (items, 1))
        for truth in range(2):
            said = np.log(confusion[found.rater, truth, found.level])
            logs[:, truth] += np.bincount(found.item, said, items)
        belief = np.exp(logs - logs.max(1, keepdims=True))
        belief /= belief.sum(1, keepdims=True)
    return belief[:, 1] > 0.5


def ranks() -> None:
    """Orders of all options by people who are new, and of potatoes by weight."""
    options, places = ranked("sushi")
    new = np.random.default_rng(0).permutation(len(places)) < len(places) // 5
    found = rankings(options, places)
    learnt, unseen, items, _ = found.split(~new)
    models = (("Plackett-Luce", True, 0), ("joint", False, 0), ("joint, taste", False, 3))
    for name, pooled, taste in models:
        fit = fit_items(learnt, len(items), pooled=pooled, effects=Effects(taste=taste))
        (part,) = predict_items(fit, unseen, np.random.default_rng(0), 512)
        show(f"sushi {name}", log_likelihood=float(np.log(part.observed).mean()))
    for name in ("potato_visual", "potato_weighing"):
        options, places = ranked(name)
        evidence, rows, _ = rankings(options, places).whole()
        weighed = {r["item"]: float(r["true_rank"]) for r in table(_POTATOES)}
        truth = np.array([weighed[option] for option in options])
        fit = fit_items(evidence)
        ours = [fit.utilities[rows[named(option).key]] for option in options]
        show(
            name,
            borda=float(spearmanr(places.mean(0), truth).statistic),
            joint=float(spearmanr(-np.array(ours), truth).statistic),
        )
        gain = _foretold(options, places)
        show(f"{name}, parts of orders", gain=gain.mean(), error=gain.std() / np.sqrt(len(gain)))


def _foretold(options: Sequence[str], places: npt.NDArray[np.int64]) -> Doubles:
    """How many nats better the joint model foretells how somebody orders eight options, from how
    they ordered the rest and from everybody else, than the pooled one does."""
    found = []
    for seed in range(_SPLITS):
        mixed = np.random.default_rng(seed).permutation(len(options))
        for who in range(len(places)):
            said = rankings(options, places)
            own = [_order(options, places[who], some) for some in (mixed[8:], mixed[:8])]
            said.judgements[who] = replace(said.judgements[who], target=own[0])
            said.add(own[1], said.judgements[who].annotator)
            train = np.arange(len(said.judgements)) < len(places)
            learnt, unseen, items, _ = said.split(train)
            losses = []
            for pooled in (False, True):
                fit = fit_items(learnt, len(items), pooled=pooled)
                (part,) = predict_items(fit, unseen, np.random.default_rng(0), 512)
                losses.append(-float(np.log(part.observed).mean()))
            found.append(losses[1] - losses[0])
    return np.array(found)


def _order(options: Sequence[str], places: npt.NDArray[np.int64], some: Rows) -> Order:
    """What an order of all options says of some of them."""
    ranks = np.argsort(np.argsort(places[some]))
    return Order(tuple(named(options[n]) for n in some), tuple(ranks.tolist()))


STUDIES: dict[str, Callable[[], None]] = {
    "ratings": ratings,
    "arguments": arguments,
    "crowds": crowds,
    "rankings": ranks,
}


def main() -> None:
    """Every study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=STUDIES, nargs="*", default=list(STUDIES))
    for name in parser.parse_args().only:
        STUDIES[name]()


if __name__ == "__main__":
    main()
