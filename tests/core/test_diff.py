"""Two texts compared by lines and, within a line, by words."""

from core.diff import compare, pieces


def marked(old: str, new: str) -> tuple[list[str], list[str]]:
    was, now = pieces(old, new)
    return [p.text for p in was if p.marked], [p.text for p in now if p.marked]


def test_within_a_line_only_what_differs_is_marked() -> None:
    assert marked("the blue boat sails", "the red boat sails") == (["blue"], ["red"])


def test_lines_with_little_in_common_are_not_compared_by_words() -> None:
    assert marked("completely different", "nothing alike here at all") == ([], [])


def test_a_new_text_is_all_added() -> None:
    diff = compare("", "one\ntwo")

    assert (diff.added, diff.removed) == (2, 0)
    assert [row.kind for row in diff.rows] == ["added", "added"]


def test_what_is_left_out_is_counted() -> None:
    old = [str(number) for number in range(30)]
    new = [*old[:15], "changed", *old[16:]]

    rows = compare("\n".join(old), "\n".join(new)).rows

    assert [row.count for row in rows if row.kind == "skipped"] == [12, 11]


def test_in_one_column_what_went_stands_before_what_came() -> None:
    column = compare("a\nb\nc", "a\nx\ny\nc").in_one_column

    assert [(row.kind, row.old or row.new) for row in column] == [
        ("same", "a"),
        ("removed", "b"),
        ("added", "x"),
        ("added", "y"),
        ("same", "c"),
    ]
