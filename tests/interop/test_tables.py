from __future__ import annotations

from pathlib import Path

import pytest

from assent.errors import DataError
from assent.interop import files
from assent.interop.collection import Collection, known_of, level_values
from assent.interop.tables import Table


def read(folder: Path, text: str, table: Table = Table()) -> Collection:
    path = folder / "table.csv"
    path.write_text(text, "utf-8")
    return files.read(path, table)


def levels(collection: Collection) -> list[int]:
    return [answer.answer["level"] for answer in collection.answers if answer.answer]


@pytest.mark.parametrize(
    "labels", [("0", "1"), ("1", "2"), ("no", "yes"), ("False", "True"), ("bad", "good")]
)
def test_an_approval_is_the_higher_of_two_labels(tmp_path: Path, labels: tuple[str, str]) -> None:
    text = f"worker,item,label\nw1,i1,{labels[0]}\nw2,i1,{labels[1]}\n"
    assert levels(read(tmp_path, text, Table("approval"))) == [0, 1]


def test_a_label_that_is_no_approval_is_refused(tmp_path: Path) -> None:
    read_ = read(tmp_path, "worker,item,label\nw1,i1,3\nw2,i1,1\n", Table("approval"))
    assert [refusal.place for refusal in read_.refused] == ["table.csv:2"]


def test_ratings_count_from_one_or_from_a_nought_that_is_there(tmp_path: Path) -> None:
    heading = "seconds,rater,task,rating\n"
    one = read(tmp_path, heading + "9,w1,i1,1\n9,w1,i2,5\n", Table("rating", 5))
    nought = read(tmp_path, heading + "9,w1,i1,0\n9,w1,i2,4\n", Table("rating", 5))
    assert (levels(one), levels(nought)) == ([0, 4], [0, 4])


def test_a_rating_outside_its_levels_is_refused(tmp_path: Path) -> None:
    read_ = read(tmp_path, "worker,item,label\nw1,i1,6\nw1,i2,nan\nw1,i3,2\n", Table("rating", 5))
    assert [refusal.place for refusal in read_.refused] == ["table.csv:2", "table.csv:3"]


def test_real_numbers_are_read_on_the_nearest_level(tmp_path: Path) -> None:
    text = "worker,item,label\nw1,i1,-100\nw1,i2,13.5\nw1,i3,100\n"
    read_ = read(tmp_path, text, Table("rating", 5, -100, 100))
    assert levels(read_) == [0, 2, 4]
    assert level_values(next(iter(read_.queries.values())).options) == [-100, -50, 0, 50, 100]


def test_winners_and_losers_are_pairs_without_ties(tmp_path: Path) -> None:
    read_ = read(tmp_path, "person,loser,winner\np1,x,y\np2,y,x\n")
    (query,) = read_.queries.values()
    assert query.options["levels"] == 2
    assert [a.shown_order for a in read_.answers] == [(), ()]


def test_a_table_of_ranks_is_a_ranking_by_each_worker(tmp_path: Path) -> None:
    read_ = read(tmp_path, "person,x,y,z\np1,2,1,3\np2,1,1,\n", Table("ranking"))
    assert (len(read_.answers), read_.refused[0].place) == (1, "table.csv:3")


@pytest.mark.parametrize(
    ("text", "table", "told"),
    [
        ("worker,item,label\n", Table(), "--kind approval"),
        ("worker,item,label\n", Table("rating"), "--levels"),
        ("worker,item,label\n", Table("approval", 5), "leave --levels"),
        ("who,item,label\n", Table("approval"), "no column is called worker"),
        ("worker,item,label\n", Table("rating", 5, 3, 2), "not above"),
    ],
)
def test_a_table_that_is_not_understood_says_what_is_needed(
    tmp_path: Path, text: str, table: Table, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        read(tmp_path, text, table)


def test_a_row_of_another_width_is_refused(tmp_path: Path) -> None:
    read_ = read(tmp_path, "worker,item,label\nw1,i1\n", Table("approval"))
    assert read_.refused[0].why == "2 cells; 3 are expected"


def test_a_later_table_is_read_on_the_scale_of_the_first(tmp_path: Path) -> None:
    first = read(tmp_path, "worker,item,label\nw1,i1,0\nw2,i1,4\n", Table("rating", 5))
    path = tmp_path / "later.csv"
    path.write_text("worker,item,label\nw1,i2,1\nw2,i2,3\n", "utf-8")
    later = files.read(path, Table("rating", 5), known=known_of(first))
    assert levels(later) == [1, 3]
    assert levels(files.read(path, Table("rating", 5))) == [0, 2]


def test_a_later_table_of_disapprovals_only_is_read_as_the_first(tmp_path: Path) -> None:
    first = read(tmp_path, "worker,item,label\nw1,i1,1\nw2,i1,2\n", Table("approval"))
    path = tmp_path / "later.csv"
    path.write_text("worker,item,label\nw1,i2,1\n", "utf-8")
    assert levels(files.read(path, Table("approval"), known=known_of(first))) == [0]


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_tabs_and_semicolons_separate_where_the_heading_has_no_comma(
    mark: str, tmp_path: Path
) -> None:
    text = "worker,item,label\nw1,i1,1\nw2,i1,0\n".replace(",", mark)
    for name in ("table.csv", "table.tsv"):
        (tmp_path / name).write_text(text, "utf-8")
        assert levels(files.read(tmp_path / name, Table("approval"))) == [1, 0]


def test_a_row_is_named_by_the_line_on_which_it_starts(tmp_path: Path) -> None:
    text = 'worker,item,label\nw1,"a\nb\nc",1\n\nw1,d,9\nw1,"e\nf",9\nw1,g,1\nw1,h,9\n'
    found = read(tmp_path, text, Table("approval"))
    assert [each.place for each in found.refused] == ["table.csv:6", "table.csv:7", "table.csv:10"]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("worker,item,label,label", "approval"),
        ("worker,item,Item,label", "approval"),
        ("worker,winner,loser,loser", None),
        ("worker,tea,coffee,tea", "ranking"),
    ],
)
def test_two_columns_of_one_name_are_refused(
    heading: str, kind: str | None, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="2 columns are called"):
        read(tmp_path, f"{heading}\nw1,1,2,1\n", Table(kind))


def test_columns_that_are_ignored_may_have_one_name(tmp_path: Path) -> None:
    found = read(tmp_path, "worker,note,item,note,label\nw1,x,i1,y,1\n", Table("approval"))
    assert levels(found) == [1]


@pytest.mark.parametrize("name", ["nothing.tsv", "nothing.jsonl", "nothing"])
def test_a_path_that_is_not_there_is_said_to_be_missing(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file or folder"):
        files.read(tmp_path / name)
