"""Logs: one structured line an event, with the request's id, and without secrets."""

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings

HIDDEN = "[hidden]"

_NAMES = re.compile(
    r"password|passwd|secret|token|api_?key|authorization|cookie|credential|signature|ticket",
    re.IGNORECASE,
)
# What a secret looks like when it stands in the middle of a sentence.
_VALUES = re.compile(
    r"""\b(?:sk|pk|mc|ghp|gho|xox[abp])[-_][A-Za-z0-9_\-]{12,}    # keys of providers and ours
      | \bwhsec_[A-Za-z0-9+/=]{12,}                              # of webhooks
      | \beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+                        # JSON web tokens
      | (?<=Bearer\s)[\w.\-]{8,} | (?<=Token\s)[\w.\-]{8,}       # headers
      | (?<=://)[^/\s:@]*:[^/\s@]+(?=@)                          # user:password@ of an address
    """,
    re.VERBOSE,
)
# A log line about counting tokens is no secret.
_HARMLESS = re.compile(r"tokens?_(?:in|out|total|used|count)|(?:input|output|max)_tokens")


# Settings whose very values are hidden wherever they stand, whatever they look like.
_SETTINGS = (
    "SECRET_KEY",
    "CREDENTIALS_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "METRICS_TOKEN",
)
_SHORTEST = 8


def scrub(text: str) -> str:
    """Replace whatever in *text* is one of our secrets, or looks like a secret."""
    for secret in _own() if settings.configured else ():
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return _VALUES.sub(HIDDEN, text)


@lru_cache(maxsize=1)
def _own() -> tuple[str, ...]:
    known = {str(getattr(settings, name, "")) for name in _SETTINGS}
    known.add(str(settings.SIMPLE_JWT["SIGNING_KEY"]))
    return tuple(sorted((one for one in known if len(one) >= _SHORTEST), key=len, reverse=True))


def _clean(name: str, value: Any) -> Any:
    if _NAMES.search(name) and not _HARMLESS.search(name) and value not in (None, "", False):
        return HIDDEN
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", inner) for inner in value]
    return value


def hide_secrets(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Processor: no password, key, token or cookie reaches a log line."""
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = _clean(name, value)
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(*, level: str, format: str) -> dict[str, Any]:
    """Django's LOGGING, with structlog as the formatter of everything; *format* json or console."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.UnicodeDecoder(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # The traceback becomes text before the secrets are looked for.
                    structlog.processors.format_exc_info,
                    hide_secrets,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django brings handlers of its own for these two.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # The request log of django-structlog says it already.
            "django.request": {"level": "CRITICAL"},
            "uvicorn": quiet,
            "celery.beat": quiet,
            "celery.worker": quiet,
            "celery.app.trace": quiet,
            "kombu": quiet,
            "axes": quiet,
            "httpx": quiet,
            "httpx2": quiet,
        },
    }
