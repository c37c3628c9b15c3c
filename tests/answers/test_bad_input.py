"""Bad input through the real commands: a finite result with a word about it, or a clear error.

Whatever is wrong with a file, nothing of it is left behind by half.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assent.errors import AssentError, DataError
from assent.project import open_answers
from tests.answers.test_commands import run
from tests.interop.written import row, write

TWO = [{"item_id": "q", "prompt": "p", "responses": ["a", "b"]}]
THINGS = [{"item_id": f"i{n}", "prompt": n} for n in range(12)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    run("init", "answers", tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that stays empty: nothing that these tests bring comes in."""
    folder = tmp_path_factory.mktemp("untouched") / "project"
    run("init", "answers", folder)
    return folder


def stored(project: Path) -> tuple[int, int, int]:
    """Items, questions and answers that are in the project."""
    store = open_answers(project).store
    return len(store.items.list()), len(store.questions.list()), len(store.answers.all())


def fitted(project: Path, path: Path, *options: object) -> list[dict[str, Any]]:
    """What the items are worth, after checking that all of it is finite."""
    run("import", path, project, *options)
    run("reward", project)
    scores: list[dict[str, Any]] = json.loads(run("score", project, "--json"))
    numbers = [s[name] for s in scores for name in ("mean", "sd")]
    numbers += [value for s in scores for value in s["expected"].values()]
    for person in json.loads(run("annotators", project, "--json")):
        numbers += [v for v in person.values() if isinstance(v, float)]
    assert np.isfinite(numbers).all()
    return scores


SETS: dict[str, tuple[list[Any], list[Any]]] = {
    "contradictory rows": (
        TWO,
        [row("q", "ann", "pair", 0), row("q", "ann", "pair", 0, responses=[1, 0])],
    ),
    "an annotator with a single answer": (TWO, [row("q", "ann", "pair", 0)]),
    "all ties": (TWO, [row("q", f"w{n}", "pair", "tie") for n in range(50)]),
    "few ties": (TWO, [row("q", f"w{n}", "pair", "tie") for n in range(3)]),
    "all options tied in a ranking": (
        [{"item_id": "q", "prompt": "p", "responses": list("abcd")}],
        [row("q", f"w{n}", "ranking", [1, 1, 1, 1]) for n in range(50)],
    ),
    "one option chosen always": (TWO, [row("q", f"w{n}", "pair", 0) for n in range(60)]),
    "separable": (
        [{"item_id": "q", "prompt": "p", "responses": list("abcde")}],
        [
            row("q", f"w{k}", "pair", 0, responses=[i, j])
            for i in range(5)
            for j in range(i + 1, 5)
            for k in range(9)
        ],
    ),
    "one item": (THINGS[:1], [row("i0", f"w{n}", "binary", n % 2) for n in range(9)]),
    "one level always": (
        THINGS,
        [row(f"i{n % 12}", f"w{n // 12}", "rating", 5, scale=[1, 5]) for n in range(60)],
    ),
    "one side chosen always": (
        [{"item_id": "q", "prompt": "p", "responses": list("abc")}],
        [row("q", f"w{n}", "pair", 0, responses=[n % 3, (n + 1) % 3]) for n in range(9)],
    ),
    "one level an item": (
        THINGS,
        [row(f"i{n % 12}", f"w{n // 12}", "binary", n % 12 % 2) for n in range(60)],
    ),
    "one annotator": (
        THINGS,
        [row(f"i{n}", "ann", "rating", n % 5, scale=[0, 4]) for n in range(12)],
    ),
    "nobody known": (THINGS, [row(f"i{n % 12}", None, "binary", n % 2) for n in range(50)]),
    "huge numbers": (
        [{"item_id": "q", "prompt": "p", "responses": list("abc")}, *THINGS],
        [
            row("q", "ann", "magnitudes", [1e99, -1e99, 0]),
            *(row(f"i{n}", "ann", "rating", 10.0 ** (8 * n), scale=[0, None]) for n in range(12)),
        ],
    ),
    "names of all kinds": (
        [{"item_id": "数据 ☃ [b]", "prompt": "[red]ï\u202e", "responses": ["\ud800", "🙂"]}],
        [row("数据 ☃ [b]", who, "pair", 0) for who in ("Ünïcödé", "[bold]x", "a,b;'\"", "🙂")],
    ),
}


# What `check` finds in each, and what `reward` warns of.
TOLD = {
    "contradictory rows": ("contradictory answers", "one annotator"),
    "an annotator with a single answer": ("one annotator", "one answer in all"),
    "all ties": ("one answer throughout", "all 50 answers are the same, a tie"),
    "few ties": ("one answer throughout", "all 3 answers are the same, a tie"),
    "all options tied in a ranking": ("one answer throughout", "all options alike"),
    "one option chosen always": ("bounded by the prior alone", "2 of 2 items is bounded"),
    "one side chosen always": ("one answer throughout", "the option shown first"),
    "separable": ("bounded by the prior alone", "5 of 5 items is bounded"),
    "one item": ("one answer", "nothing to compare"),
    "one level always": ("one answer throughout", "all 60 answers are the same, level 5 of 5"),
    "one level an item": ("bounded by the prior alone", "12 of 12 items is bounded"),
    "one annotator": ("one annotator", "nothing tells taste from truth"),
    "nobody known": ("anonymous", "nobody is named"),
    "huge numbers": ("disconnected", "one annotator"),
    "names of all kinds": ("one answer", "4 answers in all"),
}


@pytest.mark.parametrize("name", SETS)
def test_odd_answers_have_a_finite_fit_and_a_word_about_it(
    name: str, project: Path, tmp_path: Path
) -> None:
    items, rows = SETS[name]
    assert fitted(project, write(tmp_path / "set", rows, items))
    found, warning = TOLD[name]
    checked = json.loads(run("check", project, "--json"))["findings"]
    warned = json.loads(run("reward", project, "--json"))["warnings"]
    assert found in {each["name"] for each in checked}
    assert any(warning in each for each in warned)
    assert warning in " ".join(run("reward", project).split())
    for verb in ("status", "score", "annotators"):
        assert run(verb, project)


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (row("i0", "ann", "ranking", [1, 2]), "none missing"),
        (row("i0", "ann", "rating", 9, scale=[1, 5]), "outside"),
        (row("i0", "ann", "rating", float("nan"), scale=[1, 5]), "finite"),
        (row("i0", "ann", "rating", 10**400, scale=[1, 5]), "too large; up to 1e+100"),
        (row("i0", "ann", "rating", 1e300, scale=[1, 5]), "too large; up to 1e+100"),
        (row("two", "ann", "pair", 0, strength=True), "strength True"),
        (row("two", "ann", "pair", 0, ties="no"), "true or false"),
        (row("two", "ann", "pair", 0, ties=0), "true or false"),
        (row("i0", "ann", "rating", 1, scale=[-1e308, 1e308]), "too large"),
        (row("i0", "ann", "rating", 1, scale=[-1e90, 1e90]), "levels"),
        (row("i0", "ann", "rating", 1, scale=[5, 1]), "levels"),
        (row("i0", "ann", "binary", float("inf")), "0 or 1"),
        (row("i0", "ann", "binary", 1, time=10**400), "too large"),
        (row("i0", "a\x00b", "binary", 1), "printable"),
        (row("i0", "x" * 10_000, "binary", 1), "printable"),
        (row("nowhere", "ann", "binary", 1), "no item"),
        ("{", "not JSON"),
        ("[1, 2]", "a JSON object"),
        ("[" * 5000, "not JSON"),
        ('{"item_id": 1' + "0" * 5000 + "}", "not JSON"),
    ],
)
def test_rows_that_cannot_be_true_are_named_and_nothing_comes_in(
    label: Any, told: str, untouched: Path, tmp_path: Path
) -> None:
    two = {"item_id": "two", "prompt": "p", "responses": ["a", "b"]}
    path = write(tmp_path / "set", [label], [*THINGS, two])
    with pytest.raises(DataError, match="nothing is imported") as error:
        run("import", path, untouched)
    assert told in str(error.value)
    assert stored(untouched) == (0, 0, 0)


def test_a_ranking_of_ten_thousand_options_is_refused_in_words(
    untouched: Path, tmp_path: Path
) -> None:
    items = [{"item_id": "q", "prompt": "p", "responses": [str(n) for n in range(10_000)]}]
    path = write(tmp_path / "set", [row("q", "ann", "ranking", list(range(1, 10_001)))], items)
    with pytest.raises(DataError, match="2 to 100 options"):
        run("import", path, untouched)
    assert stored(untouched) == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00w\x00o", "not UTF-8"),
        (gzip.compress(b'{"item_id": "i0"}\n' * 99)[:-9], "cannot read"),
        (b"\x1f\x8bnothing", "cannot read"),
        (b"worker,item,label\nw,i,1\n", "not JSON"),
    ],
    ids=["not UTF-8", "a cut gz", "no gz", "CSV"],
)
def test_files_that_are_no_labels_are_an_error(
    content: bytes, told: str, untouched: Path, tmp_path: Path
) -> None:
    path = write(tmp_path / "set", [], THINGS)
    (path / "labels.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=told):
        run("import", path, untouched)
    assert stored(untouched) == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"worker,item,label\n", "holds no row"),
        (b"w\xff,item,label\n", "not UTF-8"),
        (b"worker,item,label\nw,i," + b"9" * 200_000, "no CSV"),
        (b"worker,item,label\nw,i,nan\nw,j,1e400\n", "no row"),
        (b'worker,item,label\nw,"i,1\n', "no row"),
    ],
)
def test_tables_that_are_none_are_an_error(
    content: bytes, told: str, untouched: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=told):
        run("import", tmp_path / "t.csv", untouched, "--kind", "rating", "--levels", 5)
    assert stored(untouched) == (0, 0, 0)


def test_a_file_that_is_cut_after_many_batches_leaves_nothing_behind(
    untouched: Path, tmp_path: Path
) -> None:
    rows = [row(f"i{n % 12}", f"w{n // 12}", "binary", n % 2) for n in range(25_000)]
    path = write(tmp_path / "set", [*rows, row("i0", "w0", "binary", 7)], THINGS)
    with pytest.raises(DataError, match="nothing is imported"):
        run("import", path, untouched, "--strict")
    assert stored(untouched) == (0, 0, 0)


def test_checking_nothing_is_an_error_and_items_alone_are_told(tmp_path: Path) -> None:
    (tmp_path / "nothing.jsonl").write_bytes(b"")
    (tmp_path / "heading.csv").write_bytes(b"worker,item,label\n")
    for name in ("nothing.jsonl", "heading.csv"):
        with pytest.raises(DataError, match="no item and no answer"):
            run("check", tmp_path / name, "--kind", "approval")
    told = run("check", write(tmp_path / "set", [], THINGS))
    assert told.startswith("no answers about 12 items\nno answers (12): ")


def test_a_file_without_any_row_is_told(project: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "set", [], THINGS)
    assert json.loads(run("import", path, project, "--json"))["new"] == 0
    assert stored(project) == (12, 0, 0)
    (tmp_path / "nothing.jsonl").write_bytes(b"")
    with pytest.raises(DataError, match="holds no row"):
        run("import", tmp_path / "nothing.jsonl", project)


def test_a_fit_without_answers_says_what_to_do(project: Path) -> None:
    with pytest.raises(DataError, match="assent import"):
        run("reward", project)


def test_predicting_nothing_or_an_unknown_item_is_an_error(project: Path, tmp_path: Path) -> None:
    fitted(project, write(tmp_path / "set", [row("i0", "ann", "binary", 1)], THINGS))
    empty = write(tmp_path / "empty", [], THINGS)
    with pytest.raises(DataError, match="no answer"):
        run("predict", project, "--labels", empty / "labels.jsonl")
    strange = write(tmp_path / "strange", [row("x", "ann", "binary", 1)], THINGS)
    with pytest.raises(AssentError, match="no item 'x'"):
        run("predict", project, "--labels", strange / "labels.jsonl")
