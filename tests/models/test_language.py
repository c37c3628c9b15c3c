from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from assent.errors import CheckpointError, ConfigError
from assent.models.batch import Batch
from assent.models.language import LanguagePolicy
from assent.models.policy import Decision
from assent.models.pretrained import add_adapter, open_model
from assent.records import Trajectory
from tests.models.examples import context, policy, trajectory


def shown(writer: LanguagePolicy, prompt: str, reply: str) -> Trajectory:
    """A reply written by hand."""
    ids = writer.tokens.reply(reply)
    return trajectory(context(writer, prompt), Decision(ids, np.zeros(len(ids), np.float32)))


def batch_of(writer: LanguagePolicy, *pairs: tuple[str, str]) -> Batch:
    rows = [shown(writer, prompt, reply) for prompt, reply in pairs]
    return Batch.from_trajectories(rows, pad=writer.tokens.pad)


PAIRS = (("hello", "order 12"), ("one two three one two", "thank you"), ("two", "one"))


@pytest.fixture(scope="module")
def writer() -> LanguagePolicy:
    made = policy()
    with torch.no_grad():
        made._head.weight.fill_(0.1)
    return made


@pytest.fixture(scope="module")
def saved(writer: LanguagePolicy, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The writer as a folder that transformers reads."""
    folder = tmp_path_factory.mktemp("model")
    writer.model.save_pretrained(folder)
    writer.tokens.tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture
def adapted(saved: str) -> LanguagePolicy:
    """A LoRA policy whose adapter is not at its start any more."""
    made = LanguagePolicy(open_model(saved, lora_rank=2))
    with torch.no_grad():
        for place, weight in enumerate(made.parameters()[0]["params"]):
            weight.copy_(torch.sin(torch.arange(weight.numel()) + place).reshape(weight.shape))
    return made


def test_padding_changes_no_result(writer: LanguagePolicy) -> None:
    alone = [writer.evaluate(batch_of(writer, pair)) for pair in PAIRS]
    together = writer.evaluate(batch_of(writer, *PAIRS))
    for row, single in enumerate(alone):
        steps = single.logprobs.shape[1]
        assert_close(together.logprobs[row, :steps], single.logprobs[0], atol=1e-5, rtol=0)
        assert_close(together.entropy[row, :steps], single.entropy[0], atol=1e-5, rtol=0)
        assert_close(together.values[row, : steps + 1], single.values[0], atol=1e-5, rtol=0)


def test_log_probabilities_are_those_of_the_models_own_logits(writer: LanguagePolicy) -> None:
    batch = batch_of(writer, PAIRS[1])
    logits = writer.model(input_ids=batch.observations).logits[0]
    logits[:, writer.tokens.pad] = -1e9
    own = torch.log_softmax(logits, dim=-1)
    steps = range(batch.actions.shape[1])
    expected = torch.stack([own[t, batch.actions[0, t]] for t in steps]) * batch.mask[0]
    assert_close(writer.evaluate(batch).logprobs[0], expected, atol=1e-5, rtol=0)


def test_a_model_whose_head_does_not_stand_apart_gives_the_same(writer: LanguagePolicy) -> None:
    whole = writer.copy()
    whole._apart = False
    batch = batch_of(writer, *PAIRS)
    ours, theirs = writer.evaluate(batch), whole.evaluate(batch)
    assert_close((ours.logprobs, ours.values), (theirs.logprobs, theirs.values))


def test_the_temperature_divides_the_logits() -> None:
    warm, cold = policy(temperature=1.0), policy(temperature=0.5)
    batch = batch_of(warm, ("hello", "one"))
    hidden = warm.model(input_ids=batch.observations).logits[:, :-1][batch.mask] / 0.5
    hidden[:, warm.tokens.pad] = -1e9
    expected = torch.log_softmax(hidden, -1).gather(1, batch.actions[batch.mask][:, None])[:, 0]
    assert_close(cold.evaluate(batch).logprobs[batch.mask], expected)


def test_nothing_is_said_off_the_mask(writer: LanguagePolicy) -> None:
    batch = batch_of(writer, *PAIRS)
    found = writer.evaluate(batch)
    off = ~batch.mask
    said = torch.cat([found.logprobs[off], found.entropy[off]])
    assert not said.any()


def test_values_are_zero_at_first_and_one_more_than_actions() -> None:
    fresh = policy()
    batch = batch_of(fresh, *PAIRS)
    values = fresh.evaluate(batch).values
    assert_close(values, torch.zeros(3, batch.actions.shape[1] + 1))


def test_the_end_token_is_learnt(writer: LanguagePolicy) -> None:
    learner = writer.copy()
    batch = batch_of(learner, ("hello", "one"))
    last = int(batch.lengths[0]) - 1
    before = learner.logprobs(batch)[0, last]
    step = torch.optim.SGD(learner.parameters()[0]["params"], lr=1e-3)
    (-learner.evaluate(batch).logprobs.sum()).backward()
    step.step()
    after = learner.logprobs(batch)[0, last]
    assert (int(batch.actions[0, last]) == learner.tokens.end, bool(after > before)) == (True, True)


def test_a_pad_beyond_the_vocabulary_is_never_looked_up(writer: LanguagePolicy) -> None:
    rows = [shown(writer, *pair) for pair in PAIRS]
    inside = Batch.from_trajectories(rows, pad=writer.tokens.pad)
    beyond = Batch.from_trajectories(rows, pad=10**6)
    assert_close(writer.logprobs(inside), writer.logprobs(beyond))


def test_features_do_not_depend_on_padding_or_on_the_prompts_neighbours(
    writer: LanguagePolicy,
) -> None:
    together = writer.features(batch_of(writer, *PAIRS))
    alone = torch.cat([writer.features(batch_of(writer, pair)) for pair in PAIRS])
    assert_close(together, alone, atol=1e-4, rtol=0)


def test_features_and_reference_stay_when_the_policy_learns(writer: LanguagePolicy) -> None:
    learner = writer.copy()
    learner.keep_baseline()
    batch = batch_of(learner, *PAIRS)
    before = (learner.features(batch), learner.reference(batch))
    with torch.no_grad():
        for weight in learner.parameters()[0]["params"]:
            weight.mul_(1.5)
    assert_close((learner.features(batch), learner.reference(batch)), before)


def test_the_whole_policy_comes_back_from_its_state(writer: LanguagePolicy) -> None:
    weights, details = writer.state()
    again = LanguagePolicy.restore(weights, json.loads(json.dumps(details)))
    batch = batch_of(writer, *PAIRS)
    ours, theirs = writer.evaluate(batch), again.evaluate(batch_of(again, *PAIRS))
    assert_close((ours.logprobs, ours.values), (theirs.logprobs, theirs.values))


def test_a_state_is_taken_over_in_place(writer: LanguagePolicy) -> None:
    other = LanguagePolicy(policy(seed=1).parts)
    other.load(*writer.state())
    batch = batch_of(writer, *PAIRS)
    assert_close(other.logprobs(batch), writer.logprobs(batch))


def test_an_adapter_comes_back_on_its_base_with_its_value_head(adapted: LanguagePolicy) -> None:
    with torch.no_grad():
        adapted._head.weight.fill_(0.3)
    again = LanguagePolicy.restore(*adapted.state())
    batch = batch_of(adapted, *PAIRS)
    ours, theirs = adapted.evaluate(batch), again.evaluate(batch)
    assert_close((ours.logprobs, ours.values), (theirs.logprobs, theirs.values))


def test_an_adapters_state_leaves_the_base_out(adapted: LanguagePolicy) -> None:
    whole = len(LanguagePolicy(open_model(str(adapted.parts.base))).state()[0])
    assert len(adapted.state()[0]) < whole / 2


def test_a_fresh_adapter_changes_nothing(writer: LanguagePolicy, saved: str) -> None:
    fresh = LanguagePolicy(open_model(saved, lora_rank=2))
    batch = batch_of(writer, *PAIRS)
    assert_close(fresh.logprobs(batch), writer.logprobs(batch))


def test_a_copy_with_an_adapter_shares_the_base_and_not_the_adapter(
    adapted: LanguagePolicy,
) -> None:
    twin = adapted.copy()
    pairs = list(zip(adapted.model.parameters(), twin.model.parameters(), strict=True))
    assert all((ours is theirs) != ours.requires_grad for ours, theirs in pairs)


def test_only_the_adapter_and_the_value_head_are_trained(adapted: LanguagePolicy) -> None:
    names = [name for name, weight in adapted.model.named_parameters() if weight.requires_grad]
    assert all("lora_" in name for name in names)


@pytest.mark.parametrize("keep", [0, 7, 0.5, -1])
def test_a_cut_state_is_a_damaged_checkpoint(writer: LanguagePolicy, keep: float) -> None:
    weights, details = writer.state()
    cut = weights[: int(len(weights) * keep) if 0 < keep < 1 else int(keep)]
    with pytest.raises(CheckpointError, match="damaged"):
        LanguagePolicy.restore(cut, details)


def test_a_state_of_another_make_is_refused(writer: LanguagePolicy) -> None:
    with pytest.raises(CheckpointError, match="'control'"):
        writer.load(writer.state()[0], {"make": "control"})


def test_a_state_of_another_shape_is_refused_and_nothing_is_taken(writer: LanguagePolicy) -> None:
    _, details = writer.state()
    other = policy()
    before = other.logprobs(batch_of(other, *PAIRS))
    narrow = add_adapter(policy(seed=2).parts, 2)
    with pytest.raises(CheckpointError, match="rank"):
        other.load(LanguagePolicy(narrow).state()[0], details | {"rank": 2})
    assert_close(other.logprobs(batch_of(other, *PAIRS)), before)


def test_details_that_describe_no_model_are_refused(writer: LanguagePolicy) -> None:
    weights, details = writer.state()
    with pytest.raises(CheckpointError, match="cannot be rebuilt"):
        LanguagePolicy.restore(weights, details | {"config": {"model_type": "nothing"}})


def test_a_model_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Name a folder"):
        open_model(str(tmp_path))


def test_a_folder_with_damaged_weights_is_explained(saved: str, tmp_path: Path) -> None:
    for path in Path(saved).iterdir():
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(content[:100] if "safetensors" in path.name else content)
    with pytest.raises((CheckpointError, ConfigError), match=r"policy\.model"):
        open_model(str(tmp_path))


def test_a_context_that_does_not_fit_the_model_is_refused(writer: LanguagePolicy) -> None:
    with pytest.raises(ConfigError, match="128 positions"):
        writer.act([np.ones(120, dtype=np.int64)], [np.random.default_rng(0)])
