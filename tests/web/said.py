"""What can be said to people, as it stands in the code: errors, warnings, names of curves.

Read from what an error is raised with, what an answer should have been, what stands out about
people, what a fit warns of, and what is drawn under clips.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import assent
from assent.diagnosis import axes
from assent.environments import bodies, classic
from assent.web import guard
from assent.web.render import FOLDER

ROOT = Path(assent.__file__).parent
NAME = re.compile(r"\{\w*\}")
ERROR = re.compile(r"(Error|Fault|HTTPException)$")
# Which argument of what else is called holds a text for people.
CALLS = {"refuse": 2, "opened": 3, "need_segments": 3, "Flag": 2, "_respond": 3}
# Said in a terminal, to whoever starts a server, makes a crowd or asks on the loop's behalf.
ELSEWHERE = {"server.py", "app.py", "simulated.py"}
STORE = "access answers blobs database decisions faults leases people questions taking trajectories"
# From a file to the functions in which every text is for people.
TELLING = {
    "likelihood/items.py": {"_warnings"},
    "likelihood/extremes.py": {"warnings", "spelled"},
    "likelihood/scales.py": {"titles"},
    "reward/fit.py": {"_warnings"},
    "diagnosis/flags.py": {"flags", "_drifting"},
    "diagnosis/habits.py": {"sameness"},
    "measure.py": {"_stands_out"},
    "feedback/answers.py": {"quoted", "opened"},
    "feedback/kind.py": {"need_segments"},
    "web/guard.py": {"_refusal", "__call__", "_serve"},
}
# What validates requests says these; the rest of its texts no page can bring about.
VALIDATION = {
    "String should have at most {} characters",
    "String should have at least {} character",
    "String should match pattern {}",
    "Field required",
    "Extra inputs are not permitted",
    "Input should be greater than or equal to {}",
    "Input should be less than or equal to {}",
    "Input should be less than {}",
    "Input should be greater than {}",
    "Input should be a valid integer",
    "Input should be a valid number",
    "Input should be a valid string",
    "Input should be a valid boolean",
    "Input should be a valid list",
    "Input should be a valid dictionary",
    "Value error, {}",
}


# In the catalogue as the two texts that come of it; and a line of the log.
IN_TWO = {"favours whatever is shown {}", "%s %s failed"}


def files() -> Iterator[Path]:
    """Where errors arise that a page may show."""
    yield from (path for path in sorted(FOLDER.rglob("*.py")) if path.name not in ELSEWHERE)
    yield from (path for path in ROOT.glob("feedback/*.py") if path.name not in ELSEWHERE)
    yield from (ROOT / f"store/{name}.py" for name in STORE.split())
    yield from (ROOT / "desk.py", ROOT / "plugins.py", ROOT / "environments/playing.py")


def text_of(node: ast.expr) -> str | None:
    """A text as it stands in code, `{}` where something is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = [each.value if isinstance(each, ast.Constant) else "{}" for each in node.values]
    return "".join(str(part) for part in parts)


def named(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """From each name to what it is set to, anywhere in a file; parts of a tuple or dict apart."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            parts = value.elts if isinstance(value, ast.Tuple) else [value]
            parts = [each for each in value.values] if isinstance(value, ast.Dict) else parts
            found.setdefault(node.targets[0].id, []).extend(parts)
    return found


def texts(node: ast.expr, names: dict[str, list[ast.expr]]) -> Iterator[str]:
    """What an argument may say: itself, what it is set to, either of two, and what is filled in."""
    text = text_of(node)
    if text is not None:
        yield text
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            for value in names.get(part.id, []):
                yield from filter(None, (text_of(each) for each in halves(value)))


def halves(node: ast.expr) -> list[ast.expr]:
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def said_in(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = named(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if called in CALLS:
            wanted = node.args[CALLS[called] :][:1]
        elif ERROR.search(called) and (path.name, called) != ("database.py", "ConfigError"):
            wanted = node.args[:2]
        else:
            continue
        for each in wanted:
            yield from texts(each, names)


def told_in(path: Path, functions: set[str]) -> Iterator[str]:
    """Every text in some functions of a file, but for what they say about themselves."""
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and (
            function.name in functions
        ):
            own = ast.get_docstring(function, clean=False)
            inside = {id(part) for node in ast.walk(function) for part in filled(node)}
            for node in ast.walk(function):
                text = (
                    text_of(node) if isinstance(node, ast.expr) and id(node) not in inside else None
                )
                if text is not None and text != own:
                    yield text


def filled(node: ast.AST) -> list[ast.AST]:
    """The parts of a text with something filled in."""
    return list(ast.walk(node))[1:] if isinstance(node, ast.JoinedStr) else []


def in_words(text: str) -> bool:
    """Whether a text is one for people: more than a word, and no example of what is sent."""
    return " " in text and any(letter.isalpha() for letter in NAME.sub("", text)) and text[0] != "{"


def everything() -> set[str]:
    found = {text for path in files() for text in said_in(path)}
    found |= {text for name in TELLING for text in told_in(ROOT / name, TELLING[name])}
    found = {text for text in found if in_words(text) or text.startswith("{}")} - IN_TWO
    return found | VALIDATION | {*guard._TOO_MANY, guard._LOGGED, axes.WORDS["dissenter"]}


def signals(path: Path) -> set[str]:
    """What curves under clips are called: given to a drawing, or set one by one."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Drawing":
            given = node.args[3]
            found |= {str(text_of(key)) for key in getattr(given, "keys", []) if key is not None}
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            if getattr(target.value, "id", "") == "signals":
                found.add(str(text_of(target.slice)))
    return found


def every_signal() -> set[str]:
    return signals(Path(classic.__file__)) | signals(Path(bodies.__file__))
