"""A page names every script that its own one leads to, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assent.web import scripts
from assent.web.render import STATIC
from tests.web.conftest import Visitor

SHOWN = re.compile(r'href="/static/([\w/]+\.js)"')


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: path.stem)
def test_everything_that_a_script_imports_stands_before_it(path: Path) -> None:
    name = path.relative_to(STATIC).as_posix()
    needed = scripts.needed(name)
    text = path.read_text("utf-8")
    imported = {f"{each}.js" for each in re.findall(r'from "\.[./\w]*?(\w+)\.js"', text)}
    assert needed[-1] == name
    assert imported <= {each.rpartition("/")[2] for each in needed[:-1]}
    assert all((STATIC / each).is_file() for each in needed)


def test_every_script_belongs_to_a_page() -> None:
    pages = ["early.js", "join.js", "again.js", "work/work.js", "work/practice.js"]
    pages += ["work/worker.js"]
    pages += [f"owner/{each}.js" for each in ("owner", "people", "reports", "answers")]
    pages += ["owner/guideline.js", "owner/exercises.js"]
    reached = {name for page in pages for name in scripts.needed(page)}
    assert reached == {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")}


def test_the_work_screen_names_all_that_it_loads(person: Visitor) -> None:
    text = person.client.get(f"/{person.site.name}/work").text
    assert tuple(SHOWN.findall(text)) == scripts.needed("work/work.js")
