"""What is counted over all answers, and how it is brought from one event up to a later one.

Whatever an event changes lies within its question. So the questions that were touched are
read again, and of each what has come into force and what has gone out of it is counted. The log
tells how things stood after any event, and what was counted before need not be kept with it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import final

from assent import hearing
from assent.feedback import kind as kinds
from assent.records import Query, Target
from assent.store.events import Asked, Stretch
from assent.store.store import Store
from assent.web.owner.agreement import Agreement, AgreementOut, Taught
from assent.web.owner.cost import NOTHING, Times, Work
from assent.web.owner.disputes import DisputeOut, Disputes, Given, WindowOut, apart, difference
from assent.web.owner.golds import GoldOut, Golds

PIECE = 200  # questions, or events, that are counted before somebody else has a turn


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of all answers up to an event. by_round: answers in force.

    golds: from each annotator who was asked one to how they did.
    """

    event: int = 0
    by_round: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    agreement: tuple[AgreementOut, ...] = ()
    disputed: tuple[DisputeOut, ...] = ()
    over_time: tuple[WindowOut, ...] = ()
    work: Work = NOTHING
    golds: Mapping[str, GoldOut] = field(default_factory=lambda: MappingProxyType({}))


@final
class Counting:
    """The counts of one store, up to `event`."""

    def __init__(self, store: Store) -> None:
        self.event = 0
        self._store = store
        self._rounds = Counter[int]()
        self._agreement = Agreement()
        self._disputes = Disputes()
        self._times = Times()
        self._golds = Golds()

    def advance(self, event: int) -> Iterator[None]:
        """Count up to an event, piece by piece; between them the caller may let others go first.

        Whoever does not take it to its end has counts that are no good, and begins anew.
        """
        answers = self._store.answers
        if not self.event:
            # Question by question, not event by event: each is read once.
            for start in range(0, self._store.questions.last_number(), PIECE):
                self._count(answers.asked_from(start, start + PIECE, event), event)
                yield
            self.event = event
        while self.event < event:
            until = min(event, self.event + PIECE)
            self._count(answers.asked_since(self.event, until), until)
            self.event = until
            yield

    def told(self) -> Counted:
        """What was counted."""
        most = self._disputes.most()
        queries = self._store.questions.numbered(most)
        return Counted(
            self.event,
            {number: many for number, many in self._rounds.items() if many},
            tuple(self._agreement.rows()),
            tuple(self._disputes.told(number, queries[number]) for number in most),
            tuple(self._disputes.over_time()),
            self._times.spent(),
            self._golds.told(),
        )

    def _count(self, asked: Sequence[Asked], until: int) -> None:
        """Bring some questions, of which every answer is given, up to an event."""
        before = self.event
        for number, query, answers in asked:
            teach = _Lesson(query)
            gone = [each for each in answers if each.stood(before) and not each.stood(until)]
            come = [each for each in answers if each.stood(until) and not each.stood(before)]
            self._rounds[query.round] += len(come) - len(gone)
            if query.purpose == "gold":
                self._grade(query, teach, gone, come)
            gone, come = _independent(gone), _independent(come)
            for each in gone:
                self._times.drop(each.number)
            for each in come:
                self._times.put(each.number, json.loads(each.timings))
            self._agreement.change(map(teach.taught, gone), map(teach.taught, come))
            self._compare(number, teach, [each for each in answers if each.stood(until)])

    def _compare(self, number: int, teach: _Lesson, answers: Sequence[Stretch]) -> None:
        """How far those who answered a question differ; equal answers are looked at once."""
        said: dict[str, list[float]] = {}
        for each in _independent(answers):
            if teach.targets(each):
                said.setdefault(each.answer, []).append(each.created_at)
        given = [Given(teach.of(answer), len(times), max(times)) for answer, times in said.items()]
        self._disputes.put(number, apart(given), sum(each.times for each in given))

    def _grade(
        self, query: Query, teach: _Lesson, gone: Sequence[Stretch], come: Sequence[Stretch]
    ) -> None:
        """How far answers to a question agree with the one that the owner gave."""
        known = query.options.get("gold")
        if known is None:
            return
        right = kinds.find(query.kind).targets(query, known)
        for each in gone:
            self._golds.drop(each.annotator, each.number)
        for each in come:
            found = difference(right, teach.targets(each))
            if found is not None:
                self._golds.put(each.annotator, each.number, 1 - found)


@final
class _Lesson:
    """What answers to one question teach, each read once."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._kind = kinds.find(query.kind)
        self._found: dict[str, tuple[Target, ...]] = {}

    def of(self, answer: str) -> tuple[Target, ...]:
        """The targets of an answer that stands there as JSON."""
        if answer not in self._found:
            self._found[answer] = tuple(self._kind.targets(self._query, json.loads(answer)))
        return self._found[answer]

    def targets(self, stretch: Stretch) -> tuple[Target, ...]:
        """What an answer teaches; nothing of a skip."""
        return self.of(stretch.answer)

    def taught(self, stretch: Stretch) -> Taught:
        """The same with whose it is."""
        return Taught(stretch.number, stretch.annotator, self.of(stretch.answer))


def _independent(answers: Sequence[Stretch]) -> list[Stretch]:
    """Without the owner's verdicts: whoever gives one has seen what the others answered."""
    return [each for each in answers if each.annotator != hearing.ADJUDICATOR]
