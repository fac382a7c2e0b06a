"""Durations as plans write them ("4-6 hours", "2 days", "1h 30m"), in hours of work."""

import re
import unicodedata

HOURS_A_DAY = 8.0
HOURS_A_WEEK = 40.0
HOURS_A_MONTH = 160.0
_MOST_HOURS = 100_000

_UNITS = {
    1 / 60: "minutes minute mins min m minuten minuto minutos minuti минут минуты мин 分钟 分",
    1.0: """hours hour hrs hr h std stunde stunden heure heures hora horas ora ore uur uren
        час часа часов ч 小时 時間 시간""",
    HOURS_A_DAY: """days day d tag tage tagen jour jours j día días dia dias giorno giorni dag
        dagen день дня дней 天 日 일""",
    HOURS_A_WEEK: """weeks week wks wk w woche wochen semaine semaines semana semanas settimana
        settimane weken неделя недели недель 周 週間 주""",
    HOURS_A_MONTH: "months month mos mo monat monate mois mes meses mese mesi месяц месяца 个月",
}
_HOURS = {word: hours for hours, words in _UNITS.items() for word in words.split()}
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "half": 0.5}

_NUMBER = r"(?:[0-9]{1,6}(?:[.,][0-9]{1,3})?|(?:half(?:\s+an?)?|an?|one|two|three|four|five)\b)"
_UNIT = "(?:" + "|".join(sorted(map(re.escape, _HOURS), key=len, reverse=True)) + r")(?![^\W\d_])"
_SPAN = re.compile(
    rf"(?P<low>{_NUMBER})\s*(?P<low_unit>{_UNIT})?"
    rf"(?:\s*(?:-|–|—|−|~|\bto\b|\bor\b|\bbis\b|\bà\b|\ba\b|\btot\b|до)\s*(?P<high>{_NUMBER}))?"
    rf"[\s-]*(?P<unit>{_UNIT})",
    re.IGNORECASE,
)
# "2h 30m" without a space or another unit; the unit may already stand behind the first number.
_SINGLE = re.compile(rf"(?P<low>{_NUMBER})[\s-]*(?P<unit>{_UNIT})", re.IGNORECASE)
_ABOUT = re.compile(
    r"^(?:[~≈<≤>≥±\s]+|(?:about|around|approx(?:imately)?\.?|circa|ca\.?|up to|max\.?|at most|etwa"
    r"|under|less than|roughly|environ|unos|bis zu)\s+)+",
    re.IGNORECASE,
)
_HALF = re.compile(r"([0-9]*)½")
_JOIN = re.compile(r"\s*(?:,|\+|and|und|et|y)?\s*", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{1,40})[)\]]\s*$")
_AT_END = re.compile(r"(?:\s+[-–—~≈]|,)\s*([~≈]?\s*[0-9½][^()\[\]:,]{0,30})$")
_REST = re.compile(
    r"\s*(?:total|each|of work|estimated|est\.?|per person|effort|aufwand)?\s*[.;]?\s*",
    re.IGNORECASE,
)


def hours(text: str) -> tuple[float, float] | None:
    """The least and the most hours that `text` begins with; None when it names no duration.

    A day counts as 8 hours, a week as 40, a month as 160. What follows the duration is
    ignored.
    """
    found = _leading(text[:200])
    return found[:2] if found else None


def take_hours(title: str) -> tuple[str, tuple[float, float] | None]:
    """A title without the duration set apart at its end ("Set up CI (2h)", "Set up CI - 2h").

    "Wait 2 days" and "Time-out: 30 min" stay as they are: there it is part of the matter. In
    "Invite users (5d): send 100 letters" it ends what stands before the colon.
    """
    for pattern in (_IN_BRACKETS, _AT_END):
        match = pattern.search(title[-60:])
        if match:
            found = _leading(match[1])
            rest = title[: len(title) - len(match[0])].rstrip(" -–—:,~≈")
            if found and rest and _REST.fullmatch(found[2]):
                return rest, found[:2]
    head, colon, rest = title.partition("): ")
    if colon:
        shorter, hours_of_head = take_hours(f"{head})")
        if hours_of_head:
            return f"{shorter}: {rest}", hours_of_head
    return title, None


def _leading(text: str) -> tuple[float, float, str] | None:
    text = _HALF.sub(lambda match: f"{match[1] or 0}.5", text)
    text = _ABOUT.sub("", unicodedata.normalize("NFKC", text).strip())
    low = high = 0.0
    position = 0
    while True:
        single = _SINGLE.match(text, position)
        span = _SPAN.match(text, position)
        match = span if span and (not single or span.end() > single.end()) else single
        if match is None:
            break
        if match is span and match["high"] is None and match["low_unit"]:
            match = single or match
        groups = match.groupdict()
        unit = _HOURS[match["unit"].lower()]
        low_unit = _HOURS[groups["low_unit"].lower()] if groups.get("low_unit") else unit
        first = _value(match["low"]) * low_unit
        second = _value(groups["high"]) * unit if groups.get("high") else first
        low, high = low + min(first, second), high + max(first, second)
        position = match.end()
        joined = _JOIN.match(text, position)
        following = joined.end() if joined else position
        if not _SINGLE.match(text, following):
            break
        position = following
    if not position or high > _MOST_HOURS:
        return None
    return round(low, 4), round(high, 4), text[position:]


def _value(number: str) -> float:
    word = number.lower().split()[0]
    return float(_WORDS[word]) if word in _WORDS else float(word.replace(",", "."))
