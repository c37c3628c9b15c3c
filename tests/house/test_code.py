"""Code: every public name explained, nothing pickled, the true reward read by few."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import sources

# Who may ask for the true reward: measuring, and the simulated people who stand in for real ones.
MAY_KNOW_THE_TRUTH = {
    "assent/interop/jsonl.py",
    "assent/simulate.py",
    "assent/stages.py",
    "assent/store/trajectories.py",
}
MOST_LINES = 50  # of a function: it fits on a screen
UNSAFE_MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
UNSAFE_CALLS = {"eval", "exec", "__import__"}


def test_every_public_name_says_what_it_gives() -> None:
    bare = [
        f"{file}: {name}"
        for file, tree in sources("assent")
        if "/migrations/" not in file
        for name, node in public(tree)
        if not ast.get_docstring(node)
    ]
    assert bare == []


def test_every_module_says_what_it_is_for() -> None:
    bare = [
        file
        for file, tree in sources("assent", "benchmarks", "examples")
        if tree.body and not ast.get_docstring(tree)
    ]
    assert bare == []


def test_nothing_is_pickled() -> None:
    found = [
        file
        for file, tree in sources("assent", "tests", "benchmarks", "examples")
        for node in ast.walk(tree)
        if UNSAFE_MODULES & {name.split(".")[0] for name in imported(node)}
    ]
    assert found == []


def test_nothing_is_loaded_that_could_run_code() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file, tree in sources("assent", "benchmarks", "examples")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and unsafe(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy.load(path, allow_pickle=True)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "eval(text)",
    ],
)
def test_an_unsafe_call_is_found(line: str) -> None:
    call = ast.parse(line, mode="eval").body
    assert isinstance(call, ast.Call)
    assert unsafe(call)


@pytest.mark.parametrize(
    "line", ["numpy.load(path)", "safetensors.torch.load(weights)", "model.eval()"]
)
def test_a_safe_call_is_let_through(line: str) -> None:
    call = ast.parse(line, mode="eval").body
    assert isinstance(call, ast.Call)
    assert not unsafe(call)


def test_only_measuring_and_simulated_people_read_the_true_reward() -> None:
    readers = {
        file
        for file, tree in sources("assent")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"truth", "truths"}
    }
    assert readers - MAY_KNOW_THE_TRUTH == set()


def test_no_learning_room_touches_the_true_reward() -> None:
    readers = {
        file
        for file, tree in sources("assent/algorithms", "assent/reward", "assent/models")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "environment_reward"
    }
    assert readers == set()


def test_no_exception_is_caught_unseen() -> None:
    bare = [
        f"{file}:{node.lineno}"
        for file, tree in sources("assent")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert bare == []


def test_functions_take_few_arguments() -> None:
    many = [
        f"{file}: {name} takes {count}"
        for file, tree in sources("assent")
        if "/migrations/" not in file
        for name, node in public(tree)
        if isinstance(node, ast.FunctionDef) and (count := arguments(node)) > 6
    ]
    # A verb's options on the command line are its settings, not a missing record.
    verbs = ("assent/cli.py", "assent/answers/commands.py")
    assert [one for one in many if not one.startswith(verbs)] == []


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{file}: {node.name} has {lines} lines"
        for file, tree in sources("assent")
        if "/migrations/" not in file
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES
    ]
    assert long == []


def public(
    tree: ast.Module | ast.ClassDef, prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """Every public function and class, and the public methods of those classes."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_"):
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{prefix}{node.name}.")


def imported(node: ast.AST) -> set[str]:
    """The modules that an import statement names."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module}
    return set()


def unsafe(call: ast.Call) -> bool:
    """Whether a call can run code that came in as data."""
    given = {
        keyword.arg: keyword.value.value
        for keyword in call.keywords
        if isinstance(keyword.value, ast.Constant)
    }
    name = ast.unparse(call.func)
    return (
        given.get("allow_pickle") is True
        or given.get("trust_remote_code") is True
        or (name == "torch.load" and given.get("weights_only") is not True)
        or name in UNSAFE_CALLS
    )


def arguments(function: ast.FunctionDef) -> int:
    """How many arguments a caller must think of."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])
