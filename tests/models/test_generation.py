from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from assent.models.batch import Batch
from assent.models.generation import Sampling, distribution, generate
from assent.models.language import LanguagePolicy
from tests.models.examples import context, policy, trajectory


@pytest.fixture(scope="module")
def writer() -> LanguagePolicy:
    return policy(temperature=0.7)


def streams(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng([5, row]) for row in range(count)]


def test_sampled_log_probabilities_are_those_that_evaluate_gives(writer: LanguagePolicy) -> None:
    contexts = [context(writer, "hello order 12"), context(writer, "one two three one two three")]
    replies = writer.act(contexts, streams(2))
    rows = [trajectory(c, r) for c, r in zip(contexts, replies, strict=True)]
    batch = Batch.from_trajectories(rows, pad=writer.tokens.pad)
    assert_close(writer.logprobs(batch), batch.logprobs, atol=1e-4, rtol=0)


def test_a_reply_does_not_depend_on_who_shares_the_batch(writer: LanguagePolicy) -> None:
    contexts = [context(writer, text) for text in ("one", "two one three hello order", "three")]
    together = writer.act(contexts, streams(3))
    alone = [writer.act([each], [rng])[0] for each, rng in zip(contexts, streams(3), strict=True)]
    assert [r.action.tolist() for r in together] == [r.action.tolist() for r in alone]


def test_equal_contexts_with_different_streams_get_different_replies(
    writer: LanguagePolicy,
) -> None:
    replies = writer.act([context(writer, "one")] * 4, streams(4))
    assert len({tuple(reply.action) for reply in replies}) == 4


def test_greedy_replies_are_those_of_transformers_generate(writer: LanguagePolicy) -> None:
    prompt = context(writer, "order 12 hello")
    own = writer.act([prompt], streams(1), greedy=True)[0].action
    theirs = writer.model.generate(
        torch.tensor(prompt)[None],
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        max_new_tokens=writer.sampling.max_new_tokens,
        do_sample=False,
        eos_token_id=writer.tokens.end,
        pad_token_id=writer.tokens.pad,
    )[0, len(prompt) :]
    assert own.tolist() == theirs.tolist()


def test_greedy_draws_nothing_from_the_stream(writer: LanguagePolicy) -> None:
    rng = np.random.default_rng(3)
    writer.act([context(writer, "one")], [rng], greedy=True)
    assert rng.random() == np.random.default_rng(3).random()


def test_a_reply_ends_with_its_first_end_token(writer: LanguagePolicy) -> None:
    # Half of all ids end a reply here, so that most replies end early and leave the batch.
    ends = frozenset(range(0, writer.tokens.vocabulary, 2))
    sampling = Sampling(12, 1.0, ends, writer.tokens.pad)
    contexts = [context(writer, "one two")] * 8
    replies = generate(writer.model, contexts, streams(8), sampling)
    early = [[int(each) in ends for each in reply.action[:-1]] for reply in replies]
    assert not any(any(row) for row in early)


def test_cutting_ended_rows_out_does_not_change_the_others(writer: LanguagePolicy) -> None:
    ends = frozenset(range(0, writer.tokens.vocabulary, 5))
    sampling = Sampling(20, 1.0, ends, writer.tokens.pad)
    contexts = [context(writer, text) for text in ("one", "two", "three", "one two", "hello")]
    together = generate(writer.model, contexts, streams(5), sampling)
    alone = [
        generate(writer.model, [each], [rng], sampling)[0]
        for each, rng in zip(contexts, streams(5), strict=True)
    ]
    assert [r.action.tolist() for r in together] == [r.action.tolist() for r in alone]


def test_tokens_are_drawn_as_often_as_their_probability_says() -> None:
    from assent.models.generation import _draw

    logprobs = torch.log(torch.tensor([0.1, 0.0, 0.6, 0.3])).expand(20_000, 4)
    drawn = _draw(logprobs, np.random.default_rng(0).random(20_000))
    shares = torch.bincount(drawn, minlength=4) / 20_000
    assert_close(shares, torch.tensor([0.1, 0.0, 0.6, 0.3]), atol=0.015, rtol=0)


def test_the_pad_id_has_probability_zero() -> None:
    sampling = Sampling(4, 0.5, frozenset({3}), pad=1)
    logprobs = distribution(torch.tensor([[0.0, 50.0, 1.0, 0.0]]), sampling)
    # Without id 1 and with logits halved twice: exp(0) + exp(2) + exp(0).
    whole = 2 + np.exp(2)
    expected = torch.tensor([[1 / whole, 0.0, np.exp(2) / whole, 1 / whole]])
    assert_close(logprobs.exp(), expected.float())


def test_no_contexts_give_no_replies(writer: LanguagePolicy) -> None:
    assert writer.act([], []) == []
