"""What the vision module does."""

from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import MaxLen

from modules.language.structured import ask_json
from modules.operations import IMAGE, LONG, operation
from modules.running.context import JobContext
from modules.vision.seeing import looking, price_of, seen

Image = Annotated[UUID | None, "A picture among the assets", IMAGE]
Address = Annotated[str, "Or the address of a picture on the net", MaxLen(2_000)]


@operation(
    "vision.describe",
    title="Describe a picture",
    icon="scan-eye",
    kind="vision",
    estimate=price_of(1, 800),
    tool="describe_image",
)
def describe(
    job: JobContext,
    image: Image = None,
    address: Address = "",
    detail: Annotated[Literal["sentence", "paragraph", "full"], "How much to say"] = "paragraph",
) -> dict[str, Any]:
    """Say what is to be seen in a picture."""
    how = {"sentence": "in one sentence", "paragraph": "in one paragraph", "full": "in detail"}
    task = f"Describe this picture {how[detail]}."
    request = looking(job, task, [seen(job, image, address)], max_tokens=800)
    return {"text": job.ask(request).text.strip()}


@operation(
    "vision.read",
    title="Read a picture",
    icon="scan-text",
    kind="vision",
    estimate=price_of(1, 4_000),
    tool="read_image",
)
def read(job: JobContext, image: Image = None, address: Address = "") -> dict[str, Any]:
    """Write down the text that stands in a picture."""
    task = (
        "Write down all text in this picture as it stands there, as Markdown where it has "
        "headings, lists or tables. Answer with the text alone, or with (no text)."
    )
    request = looking(job, task, [seen(job, image, address)], max_tokens=4_000)
    return {"text": job.ask(request).text.strip()}


@operation(
    "vision.answer",
    title="Ask about a picture",
    icon="message-circle-question-mark",
    kind="vision",
    estimate=price_of(1, 1_000),
    tool="ask_about_image",
)
def answer(
    job: JobContext,
    question: Annotated[str, "What you want to know", LONG, MaxLen(2_000)],
    image: Image = None,
    address: Address = "",
) -> dict[str, Any]:
    """Answer a question about a picture."""
    request = looking(job, question, [seen(job, image, address)], max_tokens=1_000)
    return {"text": job.ask(request).text.strip()}


@operation(
    "vision.compare",
    title="Compare two pictures",
    icon="images",
    kind="vision",
    estimate=price_of(2, 1_000),
    tool="compare_images",
)
def compare(
    job: JobContext,
    first: Annotated[UUID, "One picture", IMAGE],
    second: Annotated[UUID, "The other picture", IMAGE],
    focus: Annotated[str, "What to look at most, if anything", MaxLen(500)] = "",
) -> dict[str, Any]:
    """Say what two pictures have in common and where they differ."""
    pictures = [seen(job, first, "", "first"), seen(job, second, "", "second")]
    task = "Say what these two pictures have in common and where they differ."
    if focus:
        task += f" Look most of all at: {focus}."
    return {"text": job.ask(looking(job, task, pictures, max_tokens=1_000)).text.strip()}


_SIDE = {"type": "number", "minimum": 0, "maximum": 1}
FOUND = {
    "type": "object",
    "properties": {
        "objects": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "properties": {
                    "label": {"type": "string"},
                    "box": {"type": "array", "items": _SIDE, "minItems": 4, "maxItems": 4},
                },
                "required": ["label", "box"],
            },
        }
    },
    "required": ["objects"],
}


@operation(
    "vision.find",
    title="Find things in a picture",
    icon="boxes",
    kind="vision",
    estimate=price_of(1, 4_000),
    tool="find_in_image",
)
def find(
    job: JobContext,
    image: Image = None,
    address: Address = "",
    what: Annotated[str, "What to look for; everything if left out", MaxLen(300)] = "",
) -> dict[str, Any]:
    """Name the things in a picture, each with a box around it."""
    task = (
        f"Find {what or 'the main things'} in this picture. Answer with one JSON object alone: "
        '{"objects": [{"label": "…", "box": [left, top, width, height]}]}, where a box is in '
        "shares of the picture's width and height from 0 to 1. No objects: an empty list."
    )
    request = looking(job, task, [seen(job, image, address)], max_tokens=4_000)
    found = ask_json(job, request, FOUND)["objects"]
    return {"objects": found, "count": len(found)}
