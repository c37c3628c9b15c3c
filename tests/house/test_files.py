"""Files: short enough to be read, packed when they are needed, and silent about machines."""

import re
import tomllib
from fnmatch import fnmatch

from tests.house.tree import ROOT, files

MOST_LINES = 400
READ_BY_PEOPLE = {".py", ".js", ".css", ".html"}

# Spelled in pieces, so that this file does not contain what it looks for.
FORBIDDEN = re.compile(
    "|".join(
        [
            "/" + r"work/(?:main|shared|\.library)",
            "/" + "opt/pypi",
            "/" + "root/",
            "/" + r"home/\w+/",
            r"registry\." + r"\w+\.(?:com|org|internal)",
        ]
    )
)


def test_no_file_is_longer_than_can_be_read() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): path.read_bytes().count(b"\n")
        for path in files()
        if path.suffix in READ_BY_PEOPLE
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = []
    for path in files():
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if FORBIDDEN.search(line.decode("utf-8", "replace")):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


def test_the_search_for_machines_finds_one() -> None:
    assert FORBIDDEN.search("see /" + "home/somebody/notes.txt")


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert [path.name for path in files() if path.stat().st_size > 2**20] == []


def test_everything_in_the_package_is_installed_with_it() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["assent"]
    package = ROOT / "assent"
    others = [
        path.relative_to(package).as_posix()
        for path in files()
        if path.is_relative_to(package) and path.suffix != ".py"
    ]
    assert [n for n in others if not any(fnmatch(n, pattern) for pattern in patterns)] == []


def test_no_init_file_holds_code() -> None:
    long = [path for path in files() if path.name == "__init__.py" and path.stat().st_size > 4000]
    assert long == []
