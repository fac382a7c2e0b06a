"""What somebody can do, as people write it: which words of it tell something."""

import re

EMPTY_WORDS = frozenset(
    [
        "developer",
        "engineer",
        "specialist",
        "expert",
        "agent",
        "senior",
        "junior",
        "lead",
        "and",
        "or",
        "the",
        "of",
        "a",
    ]
)


def telling(phrase: str) -> list[str]:
    """The words of a phrase without those that only say "somebody who does it", in lower case."""
    return [word for word in re.findall(r"[\w+#.]+", phrase.lower()) if word not in EMPTY_WORDS]
