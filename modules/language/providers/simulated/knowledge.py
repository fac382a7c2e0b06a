"""What the simulated model knows of the trade: enough to be specific about a task."""

from dataclasses import dataclass

from modules.language.providers.simulated.words import keywords


@dataclass(frozen=True)
class Field:
    """A field of work: by which words it is known, and what there is to say of it."""

    name: str
    words: str
    decision: str
    reason: str
    risk: str
    answer: str
    checks: tuple[str, ...]

    def matches(self, text: str) -> int:
        """How many of its words are in `text`."""
        return len(set(keywords(self.words)) & set(keywords(text)))


FIELDS = (
    Field(
        "data",
        "database schema migration postgresql sql table entity relationship orm alembic index seed",
        "Small migrations, each of which can be taken back",
        "a mistake then costs minutes and no data",
        "A migration locks a table that is in use",
        "add columns as optional, fill them in batches, tighten them last",
        (
            "run the migrations forward and back on a copy and compare the row counts",
            "ask the five questions that the screens will ask, and read the query plans",
        ),
    ),
    Field(
        "interface",
        "frontend react component page screen dashboard form layout css board view modal",
        "Each screen is shown in its empty, loading and error state first",
        "those are the states that get forgotten",
        "The screen works with three rows and not with three thousand",
        "try it with a seeded data set of the size that is expected in a year",
        (
            "walk through it with the keyboard alone, and at the width of a phone",
            "open it with no data, with one row and with a thousand",
        ),
    ),
    Field(
        "service",
        "api endpoint rest route request response backend server fastapi express openapi crud http",
        "One error format and one way to page, agreed before the first endpoint",
        "clients then need one code path for all of them",
        "An endpoint trusts what the client sends",
        "validate at the border and refuse unknown fields",
        (
            "call each endpoint with a good, a malformed and a forbidden request",
            "read the log of a whole session and explain every line of it",
        ),
    ),
    Field(
        "access",
        "auth login session password role permission security csrf token jwt encrypt helmet audit",
        "Denied unless allowed, with the roles in one table",
        "a forgotten rule then closes a door instead of opening one",
        "A check stands in the screen and not behind it",
        "test every route as a stranger, a member and an owner",
        (
            "try each protected action without signing in and with too low a role",
            "look for the secret in the logs, the pages and the database dump, and find it nowhere",
        ),
    ),
    Field(
        "live",
        "websocket realtime live stream event notification heartbeat push queue broker redis poll",
        "Events carry a number, and a client asks for what it missed",
        "a connection that breaks then loses nothing",
        "Messages arrive twice or out of order",
        "let the receiver go by the number and ignore what it has seen",
        (
            "cut the connection in the middle of a burst and compare both sides afterwards",
            "count what was sent and what arrived, over an hour",
        ),
    ),
    Field(
        "agents",
        "agent orchestrator autonomous llm prompt model assign delegate collaborate memory tool",
        "An agent gets only the tools that its task needs",
        "its mistakes then stay as small as its task",
        "Two agents take the same work, or wake one another for ever",
        "claim work in one atomic step and count the hops of every event",
        (
            "give two agents the same task at the same moment and look who holds it",
            "read the transcript of one run from end to end and name each decision",
        ),
    ),
    Field(
        "quality",
        "test testing coverage unit integration e2e qa validate verify vitest pytest benchmark",
        "Each test fails once on purpose before it counts",
        "a test that cannot fail shows nothing",
        "Tests depend on the order or on the clock",
        "give each its own data, and a clock that the test sets",
        (
            "run the suite three times in different order",
            "take one line of the code away and see a test turn red",
        ),
    ),
    Field(
        "operations",
        "docker deploy container ci pipeline production monitoring backup kubernetes staging",
        "What runs in production is what was tested, built once",
        "differences between the two are where the surprises live",
        "A deployment cannot be taken back quickly",
        "keep the last two images and rehearse going back",
        (
            "deploy to an empty machine by following nothing but the written steps",
            "pull the plug in the middle and see it come back by itself",
        ),
    ),
    Field(
        "knowledge",
        "documentation guide readme docs research whitepaper knowledge search fetch crawl parse",
        "Written for the reader who has ten minutes and a task",
        "that reader decides whether it is used at all",
        "The text and the thing it describes drift apart",
        "keep examples under test and name who looks after each page",
        (
            "let somebody who did not write it follow it from the first line to the last",
            "take each example out of the text and run it",
        ),
    ),
    Field(
        "speed",
        "performance cache latency load scale optimize pool concurrency throughput memory profile",
        "Measure first, with the figure that users feel",
        "the slow part is seldom the one that was suspected",
        "A cache shows what is no longer true",
        "give each entry an owner that clears it, and a short life besides",
        (
            "compare the 95th percentile before and after under the same load",
            "keep it under load for an hour and watch its memory",
        ),
    ),
)

GENERAL = Field(
    "work",
    "",
    "The smallest version that can be used comes first",
    "it shows early what was misunderstood",
    "The goal is read in two ways by two people",
    "put the expected result in one sentence and have it confirmed before building",
    (
        "show the result to whoever asked for it and write down what they say",
        "start it from nothing, twice, and compare what came out",
    ),
)


def fields_of(text: str, most: int = 3) -> list[Field]:
    """The fields that a text is about, the most fitting first; the general one if none is."""
    scored = sorted(
        ((field.matches(text), -rank, field) for rank, field in enumerate(FIELDS)),
        key=lambda entry: entry[:2],
        reverse=True,
    )
    return [field for score, _, field in scored if score][:most] or [GENERAL]


# How to go about an item, by the verb it begins with. `{it}` is what follows the verb.
WAYS: tuple[tuple[frozenset[str], tuple[str, ...], str], ...] = (
    (
        frozenset({"design", "define", "plan", "model", "draw", "specify", "outline", "choose"}),
        (
            (
                "Collect the cases that {it} must serve, sketch two variants, and keep the one "
                "that needs fewer exceptions."
            ),
            (
                "Write {it} down as a table of names, meanings and limits, and go through it "
                "with one real example before anything is built on it."
            ),
        ),
        "A page that names what was chosen, what was not, and why.",
    ),
    (
        frozenset({"set", "configure", "initialize", "initialise", "install", "enable", "prepare"}),
        (
            (
                "Put {it} into a script that can run twice, so that the second machine takes no "
                "longer than the first."
            ),
            (
                "Begin from an empty machine, write down every step for {it} as it is done, and "
                "turn the list into a command."
            ),
        ),
        "One command that ends with everything ready, or says what is missing.",
    ),
    (
        frozenset(
            {"test", "verify", "validate", "check", "benchmark", "measure", "ensure", "review"}
        ),
        (
            (
                "Name the result that is expected of {it} first, then the smallest input that "
                "could prove it wrong."
            ),
            (
                "Cover {it} at the border where others call it, and at the one place inside that "
                "is hardest to see."
            ),
        ),
        "A check that runs by itself and that has been seen to fail.",
    ),
    (
        frozenset(
            {"migrate", "move", "replace", "refactor", "convert", "upgrade", "update", "port"}
        ),
        (
            (
                "Let the old and the new stand side by side for {it}, compare them on real data, "
                "and take the old away last."
            ),
            (
                "Cut {it} into steps that each leave everything working, so that it can be stopped "
                "after any of them."
            ),
        ),
        "The new in use, the old gone, and a count that shows nothing was lost.",
    ),
    (
        frozenset({"integrate", "connect", "wire", "link", "hook", "combine"}),
        (
            (
                "Agree on the messages between both sides of {it}, fake each side once, and join "
                "them when both pass against the fake."
            ),
            "Begin {it} with the failure: decide what each side does while the other is away.",
        ),
        "Both sides work together, and each survives the other's absence.",
    ),
    (
        frozenset({"document", "write", "describe", "explain", "record"}),
        (
            (
                "Start {it} from the questions that were really asked, answer each in one "
                "paragraph, and leave out the rest."
            ),
            "Give {it} one worked example that can be copied, and only then the rules.",
        ),
        "A page that somebody new can follow without asking.",
    ),
    (
        frozenset(
            {"research", "evaluate", "compare", "investigate", "analyse", "analyze", "explore"}
        ),
        (
            (
                "Put the question behind {it} in one sentence, look at three candidates, and judge "
                "them by the same four points."
            ),
            (
                "Try {it} on one small real case each; an hour of trying says more than a day of "
                "reading."
            ),
        ),
        "A recommendation with the figures it rests on.",
    ),
)

BUILDING = (
    (
        (
            "Build the thinnest version of {it} that runs from end to end, then widen it; each "
            "step comes with its test."
        ),
        (
            "Split {it} into the part that others depend on and the part they never see, and agree "
            "on the first before writing the second."
        ),
        "Write the call that will use {it} first, as it should read, and make it work from there.",
    ),
    "In place, reviewed, and covered by a test that fails without it.",
)
