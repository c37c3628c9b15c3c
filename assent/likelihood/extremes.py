"""What answers leave to the priors alone, because all of them point one way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from assent.likelihood.evidence import Evidence, GradeBlock, Integers, OrderBlock
from assent.likelihood.scales import titles

_FEW = 5  # answers in all, from which nothing can be learnt but the priors

Links = tuple[Integers, Integers]  # rows of items, each at least as good as the one beside it


def unbounded(evidence: Evidence) -> Integers:
    """The items that were judged and that answers put above or below the others throughout.

    Without priors their worth would be infinite: a likelihood of comparisons has a highest
    place only where of any two groups of items each beats the other somewhere (Ford 1957,
    Solution of a ranking problem from binary comparisons). What is graded alone is compared
    with the gaps between levels: at the end of the scale it is beyond them all.
    """
    scale = evidence.items  # stands for the gaps between levels
    links = [link for block in evidence.blocks() for link in _links(block, evidence, scale)]
    if not links:
        return np.empty(0, np.int64)
    above, below = (np.concatenate([link[end] for link in links]) for end in (0, 1))
    graph = sparse.coo_matrix((np.ones(len(above)), (above, below)), (scale + 1,) * 2)
    _, group = connected_components(graph, directed=False)
    parts, strong = connected_components(graph, directed=True, connection="strong")
    size, of = np.bincount(strong, minlength=parts), np.empty(parts, np.int64)
    of[strong] = group
    # Of each group that is compared at all, the largest part: the rest is measured by it.
    order = np.lexsort((size, of))
    last = np.append(of[order][1:] != of[order][:-1], True)
    kept = np.zeros(parts, bool)
    kept[order[last]] = size[order[last]] > 1
    used = evidence.used()
    found: Integers = used[~kept[strong[used]]]
    return found


def unvaried(evidence: Evidence) -> list[tuple[str, int, str]]:
    """Scales on which every answer was the same: name, answers, and which answer that was.

    Pairs are read as they were shown, rankings as far as they are nothing but ties.
    """
    found = []
    orders = evidence.orders
    if orders and all(not block.group.any() for block in orders):
        count = sum(len(block.items) for block in orders)
        found.append(("ranking", count, "all options alike"))
    for block in evidence.grades:
        scale, level = evidence.scales[block.scale], as_shown(block, evidence)
        title = titles(evidence.scales)[block.scale]
        known = block.items.shape[1] == 1 or 2 * level[0] == scale.levels - 1 or block.side.all()
        if (level == level[0]).all() and known:
            found.append((title, len(level), spelled(block, int(level[0]), scale.levels)))
    return [each for each in found if each[1] > 1]


def warnings(evidence: Evidence, free: bool = True) -> list[str]:
    """What of a fit to these answers is the priors' and not the answers', in words.

    free: each item has a worth of its own, which nothing but answers about it tells.
    """
    found = []
    if evidence.count < _FEW:
        answers = "one answer" if evidence.count == 1 else f"{evidence.count} answers"
        found.append(f"{answers} in all: what is learnt is little more than the priors")
    if len(evidence.used()) == 1:
        found.append("one item was judged: there is nothing to compare it with")
    for name, count, answer in unvaried(evidence):
        found.append(f"{name}: all {count:,} answers are the same, {answer}")
    open_ended = len(unbounded(evidence)) if free else 0
    if open_ended:
        found.append(
            f"the worth of {open_ended:,} of {len(evidence.used()):,} items is bounded by the "
            "prior alone: answers put them above, or below, the others throughout"
        )
    return found


def as_shown(block: GradeBlock, evidence: Evidence) -> Integers:
    """`[n]` levels, those of pairs turned so that the highest favours the option shown first."""
    top = evidence.scales[block.scale].levels - 1
    shown: Integers = np.where(block.side < 0, top - block.level, block.level)
    return shown


def spelled(block: GradeBlock, level: int, levels: int) -> str:
    """A level of `as_shown` in words."""
    if block.items.shape[1] == 1:
        return f"level {level + 1} of {levels}"
    middle = (levels - 1) / 2
    if level == middle:
        return "a tie"
    return "the option shown first" if level > middle else "the option shown second"


def _links(block: OrderBlock | GradeBlock, evidence: Evidence, scale: int) -> Iterator[Links]:
    if isinstance(block, OrderBlock):
        yield from _chains(block)
        return
    first = block.items[:, 0]
    second = block.items[:, 1] if block.items.shape[1] == 2 else np.full(len(first), scale)
    top = evidence.scales[block.scale].levels - 1
    # Anything between the ends keeps the two within reach of one another, both ways.
    yield first[block.level > 0], second[block.level > 0]
    yield second[block.level < top], first[block.level < top]


def _chains(block: OrderBlock) -> Iterator[Links]:
    """Each option and the next in line; those that tie also the other way round."""
    before = 0  # the last option of the group before
    for k in range(1, len(block.group)):
        tied = block.group[k] == block.group[k - 1]
        if not tied:
            before = k - 1
        if tied and block.chosen[k]:
            yield block.items[:, k - 1], block.items[:, k]
            yield block.items[:, k], block.items[:, k - 1]
        elif block.group[k] > 0:  # the last ones of a partial order were never told apart
            yield block.items[:, before], block.items[:, k]
