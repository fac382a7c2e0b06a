"""What a sentence asks for: its subject, and the parts that it names itself."""

import re

from modules.language.providers.simulated.words import clipped

# "Build a web shop" is about a web shop.
_ASKS = re.compile(
    r"^(?:please\s+|bitte\s+|let'?s\s+|i\s+(?:want|need)\s+(?:you\s+)?(?:to\s+)?|we\s+need\s+(?:to\s+)?)*"
    r"(?:(?:build|create|make|plan|write|develop|design|launch|set\s+up|organi[sz]e|prepare|implement|draft"
    r"|produce|start|add|baue?|erstelle?n?|plane?n?|schreibe?n?|entwickle|organisiere|créer?|construire"
    r"|planifier|écris|crear?|construir|planificar|escribir)\s+)?"
    r"(?:(?:me|us|mir|uns)\s+)?(?:(?:an?|the|our|my|some|eine[nmrs]?|ein|die|der|das|den|une?|les?|la|el|los|las)\s+)?",
    re.IGNORECASE,
)
# What follows names parts: "…: venue, speakers", "… with payment and shipping labels".
_NAMES_PARTS = re.compile(
    r":\s+|[,;]?\s+(?:including|incl\.|with|consisting of|such as|mit|inklusive|samt|avec|con|com"
    r"|met)\s+",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\s*[,;、，]\s*(?:and|und|et|y|e|en|sowie)\s+|\s*[,;、，]\s*|\s+(?:and|und|et|y|sowie|&)\s+"
)
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+|(?<=。)")
_LONGEST_PART, _LONGEST_STEP, _FEWEST_STEPS = 6, 14, 3


def subject(text: str, most: int = 56) -> str:
    """What the first sentence is about, without the verb that asks for it."""
    head = _NAMES_PARTS.split(_sentences(text)[0], maxsplit=1)[0]
    about = _ASKS.sub("", head, count=1).strip(" .!?,;:")
    return clipped(about or head.strip(" .!?,;:") or text.strip(), most)


def named_parts(text: str) -> list[str]:
    """The parts that the first sentence lists; none if it lists nothing."""
    pieces = _NAMES_PARTS.split(_sentences(text)[0], maxsplit=1)
    if len(pieces) < 2:
        return []
    parts = [_titled(part) for part in _BETWEEN.split(pieces[1].strip(" .!?。"))]
    short = all(part and len(part.split()) <= _LONGEST_PART for part in parts)
    return list(dict.fromkeys(parts)) if short and len(set(parts)) > 1 else []


def steps(text: str) -> list[str]:
    """The steps of a text that is a row of short sentences; none if it is not."""
    said = _sentences(text)
    if len(said) < _FEWEST_STEPS or any(len(one.split()) > _LONGEST_STEP for one in said):
        return []
    return list(dict.fromkeys(_titled(one) for one in said))


def _sentences(text: str) -> list[str]:
    found = [one.strip() for one in _SENTENCE.split(text.strip())]
    return [one for one in found if one] or [text]


def _titled(part: str) -> str:
    part = re.sub(r"^(?:an?|the|ein(?:e[nmrs]?)?)\s+", "", part.strip(" .!?。"), flags=re.I)
    return part[:1].upper() + part[1:]
