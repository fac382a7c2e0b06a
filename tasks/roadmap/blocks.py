"""The structure of a Markdown document: headings, paragraphs, lists with lists in them.

A CommonMark parser finds the structure; here it only takes the shape that the reader wants.
Inline Markdown is left as it is written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tasks.roadmap.tables import Row, task_rows

BlockKind = Literal["heading", "paragraph", "list", "table", "quote", "comment", "rule", "other"]

# Every bullet inside another takes two levels. Deeper than that nobody writes, and a parser
# that follows it spends its time there.
_MAX_NESTING = 48

# Only blocks: what a line says is looked at later, and only where it matters. Link
# definitions would vanish from the text, so they are not recognised as such.
_markdown = (
    MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
    .enable("table")
    .disable(["inline", "text_join", "reference"], ignoreInvalid=True)
)


@dataclass(eq=False, slots=True)
class Bullet:
    """An item of a list. `number` is the one written before it, if it is a numbered list."""

    line: int
    end: int
    number: str
    blocks: list["Block"]


@dataclass(eq=False, slots=True)
class Block:
    """A block from line `line` up to, not including, line `end`; the first line is 1.

    `lines` holds the inline Markdown of a heading or paragraph, line by line; `bullets` the
    items of a list; `blocks` what a quotation contains. `underlined` headings are those marked
    by a row of dashes below them, `tabular` lists were written as tables;
    the bullets of `grouped` ones are groups of tasks.
    """

    kind: BlockKind
    line: int
    end: int
    lines: list[str] = field(default_factory=list)
    level: int = 0
    underlined: bool = False
    tabular: bool = False
    grouped: bool = False
    bullets: list[Bullet] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)


@dataclass(eq=False)
class Document:
    """A document's blocks and its source lines.

    `unread` are lines of which something could not be read, and why.
    """

    blocks: list[Block]
    source: list[str]
    front_matter: list[str]
    unread: list[tuple[int, str]]

    def text(self, line: int, end: int) -> str:
        """The source from `line` up to `end`, without the indentation that all lines share."""
        lines = self.source[line - 1 : end - 1]
        while lines and not lines[-1].strip():
            lines.pop()
        shared = min((indent_of(text) for text in lines if text.strip()), default=0)
        return "\n".join(text[shared:] for text in lines)


def read_blocks(text: str) -> Document:
    """Parse Markdown. Line numbers count in `text` as given, front matter included."""
    source = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff")).split("\n")
    front_matter = _front_matter(source)
    body = [""] * len(front_matter) + source[len(front_matter) :]
    tokens = _markdown.parse("\n".join(body))
    unread: list[tuple[int, str]] = []
    blocks, _ = _blocks(tokens, 0, source, unread)
    return Document(blocks, source, front_matter, unread)


def walk(blocks: list[Block]) -> Iterator[Block]:
    """Every block, those inside lists and quotations included."""
    for block in blocks:
        yield block
        yield from walk(block.blocks)
        for bullet in block.bullets:
            yield from walk(bullet.blocks)


def _front_matter(source: list[str]) -> list[str]:
    """The YAML (or TOML) header between two rules at the very top, rules included."""
    opening = source[0].rstrip()
    if opening not in ("---", "+++"):
        return []
    for index, line in enumerate(source[1:200], 1):
        if line.rstrip() in (opening, "..."):
            inside = [row for row in source[1:index] if row.strip()]
            written = re.compile(r"\s|#|-\s|[\w\"'. -]+\s*[:=]")
            return source[: index + 1] if all(written.match(row) for row in inside) else []
    return []


_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_CLOSING = {"heading_open": 3, "paragraph_open": 3}


def _blocks(
    tokens: list[Token], index: int, source: list[str], unread: list[tuple[int, str]]
) -> tuple[list[Block], int]:
    """The blocks from `index` on, up to the token that closes their container."""
    found: list[Block] = []
    while index < len(tokens) and tokens[index].nesting >= 0:
        token = tokens[index]
        line, end = token.map or (0, 0)
        line, end = line + 1, end + 1
        if token.type in _CLOSING:
            lines = [text.strip() for text in tokens[index + 1].content.split("\n")]
            kind: BlockKind = "heading" if token.type == "heading_open" else "paragraph"
            level = int(token.tag[1]) if kind == "heading" else 0
            found.append(Block(kind, line, end, lines, level, token.markup == "-"))
            index += _CLOSING[token.type]
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            bullets, index = _bullets(tokens, index + 1, source, unread)
            _add_list(found, Block("list", line, end, bullets=bullets), source)
        elif token.type == "blockquote_open":
            inside, index = _blocks(tokens, index + 1, source, unread)
            found.append(Block("quote", line, end, blocks=inside))
            index += 1
        elif token.type == "table_open":
            first, depth = index, token.level
            while not (tokens[index].type == "table_close" and tokens[index].level == depth):
                index += 1
            found.append(_table(tokens[first:index], line, end, source, unread))
            index += 1
        else:
            found.append(Block(_kind_of(token), line, end))
            index += 1
    return found, index


def _bullets(
    tokens: list[Token], index: int, source: list[str], unread: list[tuple[int, str]]
) -> tuple[list[Bullet], int]:
    bullets: list[Bullet] = []
    while tokens[index].type == "list_item_open":
        token = tokens[index]
        line, end = token.map or (0, 0)
        blocks, index = _blocks(tokens, index + 1, source, unread)
        if not blocks and token.level + 1 >= _MAX_NESTING:
            unread.append((line + 1, "lists within lists too deep to be read"))
        bullets.append(Bullet(line + 1, end + 1, token.info, blocks))
        index += 1
    return bullets, index + 1


def _table(
    tokens: list[Token], line: int, end: int, source: list[str], unread: list[tuple[int, str]]
) -> Block:
    """A table, or the list that a table of tasks stands for."""
    rows = task_rows(tokens)
    if rows is None:
        return Block("table", line, end)
    columns = sum(token.type == "th_open" for token in tokens)
    for row in rows:
        written = _UNESCAPED_PIPE.sub("\n", source[row.line - 1].strip().strip("|")).count("\n") + 1
        if written != columns:
            why = f"a row of {written} cells in a table of {columns} columns; look at it"
            unread.append((row.line, why))
    if not any(row.group for row in rows):
        return Block("list", line, end, bullets=[_row(row) for row in rows], tabular=True)
    groups: dict[str, list[Bullet]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(_row(row))
    bullets = []
    for title, inside in groups.items():
        start, stop = inside[0].line, inside[-1].end
        bullets.append(Bullet(start, stop, "", [Block("paragraph", start, stop, [title])]))
        bullets[-1].blocks.append(Block("list", start, stop, bullets=inside))
    return Block("list", line, end, bullets=bullets, tabular=True, grouped=True)


def _row(row: Row) -> Bullet:
    blocks = [Block("paragraph", row.line, row.line + 1, [row.title])]
    # A block each: the lines of one block are taken for lines of the document.
    blocks += [Block("paragraph", row.line, row.line + 1, [text]) for text in row.lines]
    return Bullet(row.line, row.line + 1, "", blocks)


def _add_list(found: list[Block], block: Block, source: list[str]) -> None:
    """Add a list; one indented deeper than the list right above it belongs to its last item.

    CommonMark wants three spaces before a bullet below "1. ", many write two.
    """
    above = found[-1] if found else None
    if above and above.kind == "list" and above.end >= block.line:
        last = above.bullets[-1]
        if indent_of(source[block.line - 1]) > indent_of(source[last.line - 1]):
            last.blocks.append(block)
            last.end = above.end = block.end
            return
        if above.bullets[0].number and block.bullets[0].number and last.blocks:
            nested = last.blocks[-1]
            if nested.kind == "list" and nested.end >= block.line:
                above.bullets.extend(block.bullets)
                above.end = block.end
                return
    found.append(block)


def indent_of(line: str) -> int:
    """How many spaces or tabs a line begins with."""
    return len(line) - len(line.lstrip(" \t"))


def _kind_of(token: Token) -> BlockKind:
    if token.type == "hr":
        return "rule"
    if token.type == "html_block" and re.fullmatch(r"\s*<!--.*?-->\s*", token.content, re.DOTALL):
        return "comment"
    return "other"
