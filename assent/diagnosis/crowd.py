"""Everything that answers and a fit say about the people who gave them, but the fit itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assent.diagnosis.axes import Standing, apart, standings, unreliable
from assent.diagnosis.consistency import Consistency, consistency
from assent.diagnosis.drift import Drift, drift
from assent.diagnosis.habits import Alike, Sameness, alike, sameness
from assent.diagnosis.kappas import Kappas
from assent.likelihood.evidence import Doubles, Evidence
from assent.likelihood.people import People
from assent.records import Json


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A annotators, looked at from all sides.

    own: agreement with themselves, from repeats or else from circles. unreliable: `[A]`
    probability that it is low, apart: `[A]` that agreement with the others is; NaN without
    evidence. severity: the middle one's of those who rated, in logits.
    standings: one each, of both axes. timed: whether drift is along time; else it is along the
    numbers of the judgements.
    """

    consistency: Consistency
    own: Kappas
    standings: tuple[Standing, ...]
    unreliable: Doubles
    apart: Doubles
    severity: float
    drift: Drift
    sameness: Sameness
    alike: tuple[Alike, ...]
    timed: bool

    def described(self) -> list[Json]:
        """Everybody's part as plain values; `alike` names others by their rows."""
        found, one = self.consistency, self.drift
        columns = {
            "self_consistency": _told(self.own, "no question was asked twice"),
            "mirrored": _told(found.mirrored, "nothing was shown again the other way round"),
            "circles": _told(found.circles, "no three items were compared with one another"),
            "ratings_against_choices": _told(found.crossed, "nothing was rated and compared"),
            "agreement": _told(found.group, "nobody else judged the same"),
        }
        repeated = found.repeats.known()
        rows: list[Json] = []
        for k, stands in enumerate(self.standings):
            row: Json = {name: column[k] for name, column in columns.items()}
            row["self_consistency_by"] = "repeats" if repeated[k] else "circles"
            row["standing"] = stands.name
            row["standing_probability"] = stands.probability
            row["standing_words"] = stands.words
            for name in ("severity", "sensitivity"):
                row[f"{name}_drift"] = _number(getattr(one, name)[k])
                row[f"{name}_drift_error"] = _number(getattr(one, f"{name}_error")[k])
            row["alike"] = []
            rows.append(row)
        for each in self.alike:
            said = {"correlation": each.correlation, "items": each.items}
            rows[each.first]["alike"].append({"row": each.second, **said})
            rows[each.second]["alike"].append({"row": each.first, **said})
        return rows


def diagnose(
    evidence: Evidence,
    utilities: Doubles,
    people: People,
    times: Doubles | None = None,
    strangers: Sequence[int] = (),
    rows: Evidence | None = None,
) -> Diagnosis:
    """What stands out about everybody.

    utilities: `[N]` and people: as fitted to this evidence. times: `[J]` of the judgements; by
    their number when absent. rows: the same judgements about what the utilities are of, where
    that is not the items (`effects.py`). strangers: annotators' rows that stand for many people.
    """
    found = consistency(evidence, strangers)
    own = found.own()
    seen = evidence if rows is None else rows
    pairs = alike(seen, utilities, people)
    return Diagnosis(
        found,
        own,
        tuple(standings(found, np.random.default_rng(0))),
        unreliable(found),
        apart(found.group),
        _middle(evidence, people),
        drift(seen, utilities, people, times),
        sameness(evidence),
        tuple(a for a in pairs if a.first not in strangers and a.second not in strangers),
        times is not None,
    )


def _middle(evidence: Evidence, people: People) -> float:
    """One rater who is far off must not make all the others look severe: no mean."""
    raters = [block.annotator for block in evidence.grades if block.items.shape[1] == 1]
    return float(np.median(people.severity[np.unique(np.concatenate(raters))])) if raters else 0.0


def _told(found: Kappas, why: str) -> list[Json]:
    """Everybody's kappa with its interval and pairs, or why there is none."""
    low, high = found.interval()
    return [
        {"value": value, "low": lower, "high": upper, "pairs": pairs, "why": ""}
        if known
        else {"value": None, "low": None, "high": None, "pairs": 0, "why": why}
        for known, value, lower, upper, pairs in zip(
            found.known().tolist(),
            found.value.tolist(),
            low.tolist(),
            high.tolist(),
            found.pairs.tolist(),
            strict=True,
        )
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
