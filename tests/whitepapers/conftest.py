"""Papers of the standing cast."""

from collections.abc import Callable

import pytest

from accounts.models import Membership
from whitepapers.actions import Words, create_whitepaper, publish_whitepaper
from whitepapers.models import Whitepaper

TEXT = """\
## First part

Words with a note[^1], and a [way on](#s-second-part).

| what | how much |
|---|---|
| boats | 3 |

### A detail

    not code

```python
x = 1
```

[^1]: Said at the foot.

## Second part

The end.
"""

Write = Callable[..., Whitepaper]


@pytest.fixture
def write() -> Write:
    """Writes a paper: `write(alice, published=True, public=True)`."""

    def make(
        member: Membership,
        title: str = "How the harbour is lit",
        content: str = TEXT,
        *,
        published: bool = False,
        public: bool = False,
    ) -> Whitepaper:
        words = Words(title=title, summary="Two lights.", content=content)
        paper = create_whitepaper(actor=member.actor, words=words)
        if published or public:
            paper = publish_whitepaper(actor=member.actor, paper=paper, public=public)
        return paper

    return make
