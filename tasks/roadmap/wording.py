"""How plans speak of other tasks: "Phases 1-3", "all previous tasks", "Task 1.2 (done)"."""

import re

from tasks.roadmap.vocabulary import PHASE_WORDS, TASK_WORDS, fold

SEPARATOR = re.compile(
    r"\s*,\s*(?:and|und|et|y|e|и)\s+|(?<=[0-9])/(?=[0-9])|(?<=[0-9])\s+(?=[0-9]+\.[0-9])|"
    r"\s*[,;\n、，；]\s*|\s+(?:and|und|et|y|e|и|as well as|plus)\s+|\s*[&+]\s*|\s+/\s+"
)
NUMBER = r"(?:[0-9]{1,9}|[A-Z](?=\.[0-9]))(?:\.[0-9]{1,9})*[A-Za-z]?"
RANGE_MARK = r"\s*(?:-|–|—|−|\bto\b|\bthrough\b|\bthru\b|\bbis\b|…|\.\.+)\s*"
WORD = r"(?:(?P<word>[^\W\d_]+(?: [^\W\d_]+)?)\s*)?"
RANGE = re.compile(
    rf"{WORD}#?(?P<first>{NUMBER}){RANGE_MARK}(?:[^\W\d_]+\s+)?#?(?P<last>{NUMBER})(?:\s*\([^()]*\))?$"
)
ONE = re.compile(rf"{WORD}(?P<hash>#)?(?P<number>{NUMBER})(?P<rest>$|\s*[(\[:：–—-].*|\s+\D.*)")
WILD = re.compile(r"(?:[^\W\d_]+\s+)?(?P<number>[0-9]+(?:\.[0-9]+)*)\.[xX*]$")
LETTER = re.compile(r"(?P<word>[^\W\d_]+(?: [^\W\d_]+)?)\s+(?P<number>[A-Z]|[IVX]+)$")
EARLIER = re.compile(
    r"(?:(?:all|every|any)\s+(?:of\s+)?(?:the\s+)?)?"
    r"(?:previous|prior|preceding|earlier|above|vorherigen?)\s+(?P<word>[^\W\d_]+)"
    r"(?:\s+above|\s+(?:in|of)\s+this\s+[^\W\d_]+)?$"
    r"|(?:everything|all)(?:\s+of\s+the)?\s+(?:above|before)$"
    r"|all\s+(?P<noun>[^\W\d_]+)\s+(?:above|before)$|alle\s+vorherigen\s+(?P<deutsch>\w+)$",
    re.IGNORECASE,
)
ALL_WORD = r"(?:all|alle|toutes|tous|todas|todos|tutte|tutti|все)"
BEFORE = (
    r"(?:previous|vorherigen?|vorigen?|vorangehenden?|vorangegangenen?|bisherigen?|früheren?"
    r"|précédente?s?|antérieure?s?|anteriores?|previ[ao]s|precedenti?|предыдущие|предыдущая)"
)
# The same in other languages, with the adjective on either side of the noun.
EARLIER_ELSEWHERE = re.compile(
    rf"(?P<all>{ALL_WORD}\s+)?(?:(?:les|las|los|as|os|le|i|la|el|die|der|den|de)\s+)?"
    rf"(?:{BEFORE}\s+(?P<noun>[^\W\d_]+)|(?P<first>[^\W\d_]+)\s+{BEFORE})$",
    re.IGNORECASE,
)
ALL = re.compile(rf"\b(?:every|any|everything|{ALL_WORD})\b", re.IGNORECASE)
HERE = re.compile(r"\bthis\b", re.IGNORECASE)
ALL_OF = re.compile(
    r"(?:all|every|everything|anything)\s+(?:tasks?\s+)?(?:(?:of|in|from)\s+)?(?P<rest>.+)$",
    re.IGNORECASE,
)
IN_PHASE = re.compile(
    r"[^\W\d_]+\s+#?(?P<phase>[0-9]{1,9})\s*[-–—:/]?\s+"
    r"[^\W\d_]+\s+#?(?P<task>[0-9]{1,9}(?:\.[0-9]+)*)$"
)
HEAD = re.compile(r"\s+[-–—]\s+|\s*[(:]")
FILLER = re.compile(
    r"^(?:completion of|completed|depends on|depending on|requires|the|on|from|after|all of|both"
    r"|see|mainly|also|and)\s+",
    re.IGNORECASE,
)
MUST_BE_DONE = re.compile(
    r"\s+(?:must be |is |are |to be |being |has been |be )?(?P<word>[^\W\d_]+)\.?$"
)
BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
ITS_TASKS = frozenset(["tasks", "items", "all tasks"])
ANY_NOUN = frozenset(["", "no", "nr", "number"])
# Plurals that do more than add a letter.
SINGULAR = {
    "fases": ("fase",),
    "fasen": ("fase",),
    "fasi": ("fase",),
    "taken": ("taak",),
    "tappe": ("tappa",),
    "meilensteine": ("meilenstein",),
    "abschnitte": ("abschnitt",),
    "schritte": ("schritt", "step"),
    "pasos": ("paso", "step"),
    "этапы": ("этап",),
    "фазы": ("фаза",),
    "задачи": ("задача",),
}
# Titles contain "and" and commas themselves, but not many of them.
JOINED_PIECES = 6


def cut(text: str) -> list[tuple[str, int, int, str]]:
    """The text cut at commas and "and" outside of brackets: piece, start, end, whole text."""
    pieces: list[tuple[str, int, int, str]] = []
    inside = [match.span() for match in BRACKETS.finditer(text)]
    start, bracket = 0, 0
    for match in SEPARATOR.finditer(text):
        while bracket < len(inside) and inside[bracket][1] <= match.start():
            bracket += 1
        if bracket < len(inside) and inside[bracket][0] < match.start():
            continue
        pieces.append((text[start : match.start()], start, match.start(), text))
        start = match.end()
    pieces.append((text[start:], start, len(text), text))
    return [piece for piece in pieces if piece[0].strip()]


def without_noun(title: str) -> str:
    """ "Story: Export" as "Export", by which others speak of it."""
    noun, colon, rest = title.partition(":")
    return rest if colon and rest.strip() and fold(noun) in TASK_WORDS | PHASE_WORDS else title


def alike(name: str, title: str) -> bool:
    """Whether the words of one are among those of the other."""
    words, others = set(fold(name).split()), set(fold(title).split())
    return bool(words and others) and (words <= others or others <= words)


def singular(noun: str) -> str:
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    known = PHASE_WORDS | TASK_WORDS
    if noun[-1:] in ("s", "n") and noun[:-1] in known:
        return noun[:-1]
    return next((one for one in SINGULAR.get(noun, ()) if one in known), noun)
