"""Lines that Markdown takes for the end of a bullet, and their author for something else.

CommonMark lets a paragraph go on without indentation, so that "**Estimate:** 2h" or "Phase B:
Build" right below a bullet belongs to the bullet.
"""

from collections.abc import Callable

from tasks.roadmap.blocks import Block, Bullet, Document, indent_of
from tasks.roadmap.labels import is_label_line
from tasks.roadmap.names import read_name


def cut_lazy_lines(document: Document, codes: frozenset[str]) -> None:
    """Make paragraphs of their own out of such lines. `codes` as for `read_name`."""

    def is_named(text: str) -> bool:
        name = read_name(text, codes)
        if not name.number or not name.title:
            return False
        # "3.11 or later" goes on with a sentence, "1.2 Install it" begins another task.
        return name.word not in ("", "#") or (name.kind != "simple" and name.title[0].isupper())

    blocks = _with_names_between_lists(document.blocks, document.source, is_named)
    document.blocks = _with_labels_behind_lists(blocks, document.source)


def _with_names_between_lists(
    blocks: list[Block], source: list[str], is_named: Callable[[str], bool]
) -> list[Block]:
    """Let the name of a phase or task right below a bullet end the list."""
    found: list[Block] = []
    for block in blocks:
        found.append(block)
        if block.kind != "list" or block.tabular:
            continue
        indent, above = indent_of(source[block.line - 1]), block
        for bullet in list(block.bullets):
            lazy = _lazy_line(bullet, indent, source, is_named)
            if lazy is None:
                continue
            paragraph = _cut_off(*lazy)
            place, end = above.bullets.index(bullet) + 1, above.end
            behind = Block("list", bullet.end, end, bullets=above.bullets[place:])
            del above.bullets[place:]
            above.end = bullet.end = paragraph.line
            found.append(paragraph)
            if behind.bullets:
                behind.line = behind.bullets[0].line
                found.append(behind)
                above = behind
    return found


def _with_labels_behind_lists(blocks: list[Block], source: list[str]) -> list[Block]:
    """Let a label right below a list speak of what the list belongs to.

    Where another bullet of the list has such a line too, it is the bullet's own.
    """
    found: list[Block] = []
    for block in blocks:
        found.append(block)
        if block.kind != "list" or len(block.bullets) < 2 or block.tabular:
            continue
        indent = indent_of(source[block.line - 1])
        if any(_lazy_line(bullet, indent, source, is_label_line) for bullet in block.bullets[:-1]):
            continue
        lazy = _lazy_line(block.bullets[-1], indent, source, is_label_line)
        if lazy is not None:
            found.append(_cut_off(*lazy))
            block.end = block.bullets[-1].end = found[-1].line
    return found


def _lazy_line(
    bullet: Bullet, indent: int, source: list[str], wanted: Callable[[str], bool]
) -> tuple[Block, int] | None:
    """The last paragraph of a bullet, and which of its lines is the first `wanted` not indented."""
    last = bullet.blocks[-1] if bullet.blocks else None
    while last is not None and last.kind == "list":
        inside = last.bullets[-1].blocks
        last = inside[-1] if inside else None
    if last is None or last.kind != "paragraph":
        return None
    for at in range(1, min(len(last.lines), last.end - last.line)):
        text = source[last.line + at - 1]
        if indent_of(text) <= indent and wanted(text.strip()):
            return last, at
    return None


def _cut_off(paragraph: Block, at: int) -> Block:
    """The lines of a paragraph from the one numbered `at` on, as one of their own."""
    line = paragraph.line + at
    rest = Block("paragraph", line, paragraph.end, paragraph.lines[at:])
    del paragraph.lines[at:]
    paragraph.end = line
    return rest
