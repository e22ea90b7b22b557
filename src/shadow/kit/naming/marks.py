"""Find what numbers an episode, a season or a day in a flat text, and where that stands.

Every pattern is linear on 300 characters: repetitions are bounded and start on a word's edge.
A range of more than 200 is cut off at 200, whatever a name claims.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field

RANGE = 200  # episodes or seasons one name may claim

_EDGE = r"(?<![0-9a-z])"
_NO_WORD = r"(?![0-9a-z])"
_SEASON_WORD = (
    r"(?:the complete |die komplette )?(?:seasons?|saisons?|staffeln?|temporadas?|stagion[ei]|"
    r"seizoen|sezonul|"
    r"sezon[ay]?|сезон[ыа]?|"
    r"series|säsong|sæson|sesong|kausi|évad|temp|시즌|シーズン)"
)
_EPISODE_WORD = (
    r"(?:episodes?|episodios?|episódios?|épisodes?|episoden?|eps?|e(?=\d)|folgen?|capitulos?|capítulos?|caps?|"
    r"сери[яий]|эпизод|выпуск|bölüm|odcinek|odc|avsnitt|afsnit|aflevering|puntata|tập|эп)"
)

SEASON_EPISODE = re.compile(
    _EDGE + r"s(?:n|eason|eries)? ?(\d{1,4})[ ,/\-\[\](]{0,4}x?(?:e|ep|eps|episodes?|x|х|е|"
    r"folge)[ \-(#]{0,3}(\d{1,4})(?!\d)"
)
NUMBER_E = re.compile(r"(?:(?<=[ \-])|^)(\d\d)e(\d\d)(?![0-9a-z])")
S_DASH = re.compile(r"\(s(\d{1,2})-(\d{1,3})\)")
DOTTED = re.compile(r"(?:(?<= - )|(?<=\[)|(?<=episode ))(\d{1,2}) (\d{2,3})(?= - |\]| ?$)")
PAIR_FIRST = re.compile(r"^(\d{1,2})-(\d{2})(?=[ -])(?! - )")
_A_YEAR = re.compile(_EDGE + r"(?:19|20)\d\d" + _NO_WORD)
GLUED = re.compile(r"(?<=[a-z]{3})(\d{1,2})x(\d\d)(?![0-9a-z])")
CROSS = re.compile(_EDGE + r"\[?(\d{1,2}) ?[xх×] ?(\d{2,4})(?![0-9a-wyz])")
CROSS_RANGE = re.compile(_EDGE + r"(\d{1,2})x(\d)(?=-\d{1,2}(?!\d))")
CROSS_SHORT = re.compile(_EDGE + r"[s\[](\d{1,2})[xх](\d{1,3})(?![0-9a-z])")
WORDS = re.compile(
    rf"{_EDGE}(?:{_SEASON_WORD}|t)[ :№#]{{0,3}}(\d{{1,3}})[ ,/|"
    rf"\-\[(]{{0,4}}x?{_EPISODE_WORD}[ :#№]{{0,2}}(\d{{1,4}})(?!\d)"
)
_COUNTED_EPISODE = (
    r"(?:сери[яий]|сер|эпизод|выпуск|bölüm|odcinek|seri[yj]?[ai]i?|serya|ser|"
    r"episode|folge|episodio)(?![a-zа-я])"
)
WORDS_BACK = re.compile(
    rf"{_EDGE}(\d{{1,3}})(?: ?(?:st|nd|rd|th)|ª|º|°|-?й|-?я)? ?(?:сезон|sezon|sez|season|"
    rf"temporada|staffel|stagione)[ ,/|\-\[(]{{1,4}}"
    rf"(?:(\d{{1,4}})(?:-?я|-?й)? ?{_COUNTED_EPISODE}|{_EPISODE_WORD} ?(\d{{1,4}})(?!\d))"
)
SEASON_DASH = re.compile(
    _EDGE + r"(?:s|season )(\d{1,2})(?: - | )(\d{1,4})(?:v\d)?(?= ?(?:$|[\[(\-]| end| - ))"
)
SEASONS = re.compile(
    _EDGE
    + r"(?:s(\d{1,2})(?: ?(-|~|to|&|\+|,|e) ?s?(\d{1,2}))?"
    + rf"|{_SEASON_WORD}[ :№#(]{{0,3}}(?:s ?)?(\d{{1,3}})(?: ?(-|~|to|thru|à|a|al|до|&|\+|,|"
    rf"and|и) ?(?:{_SEASON_WORD} ?)?s?(\d{{1,3}}))?)(?![0-9a-rt-z]|s(?!\d))"
)
_BACK_WORD = r"(?:season|saison|staffel|temporada|stagione|сезон|sezon|sez|séria)(?![0-9a-z])"
SEASONS_BACK = re.compile(
    rf"{_EDGE}(?:die komplette )?(\d{{1,2}})[ªº°]?(?: ?(-|~|to|à|a|"
    rf"&) ?(\d{{1,2}}))?(?:(?: ?(?:st|nd|rd|th)|ª|º|°|"
    rf"\.|a|-?й|-?я|e|eme|ème) {{0,2}}{_BACK_WORD}|"
    rf" {{0,2}}{_BACK_WORD}(?! ?\d))"
)
_ORDINALS = {
    word: number
    for row in ("first second third fourth fifth sixth", "one two three four five six seven eight")
    for number, word in enumerate(row.split(), 1)
}
SPELLED = re.compile(
    rf"{_EDGE}(?:the )?(?:complete )?(?:(first|second|third|fourth|fifth|sixth) season|"
    rf"season (one|two|three|four|five|six|seven|eight)){_NO_WORD}"
)
SEASON_DISC = re.compile(_EDGE + r"s(\d{1,2}) ?(?:d|disc ?)\d{1,2}" + _NO_WORD)
_MORE_SEASONS = re.compile(r"(?: ?(?:,|&|\+|,? ?and) ?s?| ?s)(\d{1,2})(?![0-9a-rt-z]|s(?!\d))")
EPISODE = re.compile(
    rf"{_EDGE}(?:{_EPISODE_WORD}[ :#№\-]{{0,2}}|#)(\d{{1,4}})(?:v\d)?(?![0-9a-df-z])"
)
EPISODE_BACK = re.compile(
    _EDGE
    + r"(\d{1,4})(?:-(\d{1,4}))? ?(?:-?я |-ая |-й )?(?:сери[яий]|сер(?![а-я])|эпизод|bölüm|odcinek|"
    r"ser(?:i[yj]?a|ii|ya)?(?![a-z]))"
)
COUNTED = re.compile(
    _EDGE
    + r"(?:part |pt |cd ?)?(?:\d{1,3}-)?(\d{1,3}) ?(?:of|iz|из|sur|von) ?(\d{1,3})(?![0-9a-z])"
)
CJK_SEASON = re.compile(
    r"\(тв-?(\d)\)|第 ?(\d{1,3}|[一二三四五六七八九十]{1,3}) ?(?:季|期|部)|"
    r"season ?([一二三四五六七八九十])"
)
CJK_EPISODE = re.compile(
    r"(?:第|全)? ?#?(\d{1,4}|[一二三四五六七八九十]{1,3})(?: ?[-~] ?(\d{1,4}))? ?[話话集回화]"
)
_MORE = re.compile(
    r"(?: ?(-|~) ?(?:s\d{1,2} ?)?(?:\d{1,2}x)?(?:e|ep|x)?|( ?[&+,] ?|, ?)(?:s\d{1,2} ?)?(?:e|"
    r"ep|x)?|( ?(?:s\d{1,2})?(?:e|ep|x))|( to | al? | до ))(\d{1,4})(?![0-9]|[a-df-rtuwyz])"
)
_SPACED_DASH = re.compile(r" - ?\d|- \d")
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH.split("|"), 1)}
_DAYS = (
    ("ymd", re.compile(_EDGE + r"((?:19|20)\d\d)([ \-/x])(\d{1,2})\2(\d{1,2})" + _NO_WORD)),
    ("dmy", re.compile(_EDGE + r"(\d\d)([ \-/.])(\d\d)\2((?:19|20)\d\d)" + _NO_WORD)),
    ("ymd8", re.compile(_EDGE + r"((?:19|20)\d\d)()(\d\d)(\d\d)" + _NO_WORD)),
    ("dmon", re.compile(
        rf"{_EDGE}(\d{{1,2}})(?:st|nd|rd|th)?[ \-]{{1,2}}({_MONTH})[a-z]{{0,6}}[ ,\-]{{1,2}}()"
        rf"((?:19|20)\d\d){_NO_WORD}")),
    ("mond", re.compile(
        rf"{_EDGE}({_MONTH})[a-z]{{0,6}}[ \-]{{1,2}}(\d{{1,2}})(?:st|nd|rd|th)?[ ,\-]{{1,3}}()"
        rf"((?:19|20)\d\d){_NO_WORD}")),
    ("ymon", re.compile(
        rf"{_EDGE}((?:19|20)\d\d)[ \-]({_MONTH})[a-z]{{0,6}}[ \-]()(\d{{1,2}}){_NO_WORD}")),
    ("ymd2", re.compile(_EDGE + r"(\d\d)([ \-.])(\d\d)\2(\d\d)" + _NO_WORD)),
)  # fmt: skip
_CJK_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", 1)}


@dataclass(slots=True)
class Mark:
    """Hold what one place of a name numbers; `start` and `end` are positions in the flat text."""

    start: int
    end: int
    seasons: list[int] = field(default_factory=list)
    episodes: list[int] = field(default_factory=list)
    day: datetime.date | None = None


def find_mark(flat: str) -> Mark | None:
    """Return the first sure mark of an episode, else of a day, else of seasons."""
    for look in (_season_and_episode, find_day, _episode_word, _season_word):
        mark = look(flat)
        if mark:
            return mark
    return None


_BOTH = (
    SEASON_EPISODE,
    CROSS,
    CROSS_SHORT,
    CROSS_RANGE,
    WORDS_BACK,
    WORDS,
    SEASON_DASH,
    S_DASH,
    NUMBER_E,
    GLUED,
    DOTTED,
    PAIR_FIRST,
)


def _season_and_episode(flat: str) -> Mark | None:
    for pattern in _BOTH:
        best = pattern.search(flat)
        if best and _plausible(pattern, best):
            break
    else:
        return None
    season, *numbers = (int(number) for number in best.groups() if number)
    if season > 99 and season < 1900:
        return None
    end, episodes = more_episodes(flat, best.end(), numbers[0])
    return Mark(best.start(), end, [season], episodes)


def _plausible(pattern: re.Pattern[str], found: re.Match[str]) -> bool:
    if pattern is CROSS:
        return int(found[1]) <= 40 and not (found[2].startswith("26") and len(found[2]) == 3)
    if pattern is PAIR_FIRST:  # films are called "50-50" and "3-10 to Yuma", and have a year
        return not _A_YEAR.search(found.string)
    return True


def more_episodes(flat: str, end: int, first: int) -> tuple[int, list[int]]:
    """Return where a list or range of episodes that began with `first` ends, and its members."""
    episodes = [first]
    while len(episodes) < RANGE:
        found = _MORE.match(flat, end)
        if not found:
            break
        number = int(found[5])
        spaced = _SPACED_DASH.match(found[0])
        if (
            number <= episodes[-1]
            or (spaced and not 0 < number - first < 30)
            or (len(found[5]) == 4 and 1900 < number < 2040)
        ):
            break
        last = number if found[1] or found[4] else None
        if (
            last is not None
            and spaced
            and flat[found.end() : found.end() + 1] not in {"", " ", "]", ")"}
        ):
            break
        episodes += range(episodes[-1] + 1, number + 1) if last else [number]
        end = found.end()
    return end, episodes[:RANGE]


def find_day(flat: str) -> Mark | None:
    """Return the first real date of a flat text."""
    for order, pattern in _DAYS:
        for found in pattern.finditer(flat):
            day = _as_date(order, found)
            if day:
                return Mark(found.start(), found.end(), day=day)
    return None


def _as_date(order: str, found: re.Match[str]) -> datetime.date | None:
    first, second, third, fourth = found.groups()
    orders = {
        "ymd": [(first, third, fourth), (first, fourth, third)],
        "ymd8": [(first, third, fourth)],
        "dmy": [(fourth, third, first), (fourth, first, third)],
        "dmon": [(fourth, second, first)],
        "mond": [(fourth, first, second)],
        "ymon": [(first, second, fourth)],
        "ymd2": [
            (f"20{first}", third, fourth),
            (f"20{fourth}", first, third),
            (f"20{fourth}", third, first),
        ],
    }[order]
    for year, month, day in orders:
        number = _MONTHS.get(month) or (int(month) if month.isdigit() else 0)
        try:
            made = datetime.date(int(year), number, int(day))
        except ValueError:
            continue
        if 1925 <= made.year <= 2035 and not (order == "ymd2" and not 2004 <= made.year <= 2030):
            return made
    return None


def _episode_word(flat: str) -> Mark | None:
    found = EPISODE.search(flat)
    if found and not (found[0][0] == "#" and found.start() == 0):
        number = int(found[1])
        if found[0].startswith("cap") and len(found[1]) >= 3:
            return _with_season(flat, _spanish(flat, found))
        end, episodes = more_episodes(flat, found.end(), number)
        return _with_season(flat, Mark(found.start(), end, [], episodes))
    counted = COUNTED.search(flat)
    if (
        counted
        and int(counted[2]) > 2
        and 0 < int(counted[1]) <= int(counted[2])
        and not counted[0].startswith("c")
    ):
        _, dash, _ = counted[0].partition("-")
        first = int(re.findall(r"\d+", counted[0])[0]) if dash else int(counted[1])
        episodes = list(range(first, int(counted[1]) + 1)) or [first]
        return _with_season(flat, Mark(counted.start(), counted.end(), [], episodes))
    for pattern in (CJK_EPISODE, EPISODE_BACK):
        back = pattern.search(flat)
        if back:
            first, last = _number(back[1]), int(back[2] or 0)
            episodes = list(range(first, min(last, first + RANGE - 1) + 1)) or [first]
            return _with_season(flat, Mark(back.start(), back.end(), [], episodes))
    return None


def _spanish(flat: str, found: re.Match[str]) -> Mark:
    """Read "Cap.102" and "Cap.102_105": season and two-digit episode in one number."""
    season, first = divmod(int(found[1]), 100)
    last = re.compile(r"[ \-](\d{3,4})(?!\d)").match(flat, found.end())
    episodes = [first]
    end = found.end()
    if last and int(last[1]) // 100 == season:
        episodes = list(range(first, int(last[1]) % 100 + 1)) or [first]
        end = last.end()
    return Mark(found.start(), end, [season], episodes)


def _with_season(flat: str, mark: Mark) -> Mark:
    """Join a season that stands elsewhere in the name; the title ends at the first of both."""
    season = _season_word(flat)
    if season and (season.end <= mark.start or season.start >= mark.end):
        mark.seasons = mark.seasons or season.seasons
        if flat[: season.start].strip(" [("):  # not "(Season 5) Show, Episode 3"
            mark.start = min(mark.start, season.start)
        mark.end = max(mark.end, season.end)
    return mark


def _season_word(flat: str) -> Mark | None:
    spelled = SPELLED.search(flat)
    if spelled:
        return Mark(spelled.start(), spelled.end(), [_ORDINALS[spelled[1] or spelled[2]]])
    disc = SEASON_DISC.search(flat)
    if disc:
        return Mark(disc.start(), disc.end(), [int(disc[1])])
    found = SEASONS_BACK.search(flat) or SEASONS.search(flat)
    mark = _seasons_of(flat, found) if found else None
    if mark:
        return mark
    cjk = CJK_SEASON.search(flat)
    if cjk:
        return Mark(cjk.start(), cjk.end(), [_number(next(filter(None, cjk.groups())))])
    return None


def _seasons_of(flat: str, found: re.Match[str]) -> Mark | None:
    """Read a season, a range of seasons or a list of them."""
    numbers = [part for part in found.groups() if part]
    first, last = int(numbers[0]), int(numbers[-1])
    if first > 99 or (last > 199 and len(numbers) > 1):
        return None
    listed = len(numbers) == 3 and numbers[1] in {"&", "+", ",", "and", "и"}
    if len(numbers) < 3 or last <= first:
        seasons = [first]
    else:
        seasons = [first, last] if listed else list(range(first, min(last, first + RANGE - 1) + 1))
    end = found.end()
    more = _MORE_SEASONS.match(flat, end)
    while more and int(more[1]) > seasons[-1] and len(seasons) < RANGE:
        seasons.append(int(more[1]))
        end = more.end()
        more = _MORE_SEASONS.match(flat, end)
    return Mark(found.start(), end, seasons)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _CJK_DIGITS.get(text[:1], 0)
    return 10 * (_CJK_DIGITS.get(tens, 1) if tens else 1) + (
        _CJK_DIGITS.get(ones, 0) if ones else 0
    )
