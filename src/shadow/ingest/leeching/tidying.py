"""Take brands and advertisements out of names that came from outside."""

import re
from collections.abc import Sequence
from typing import Final

_TLD: Final = (
    r"(?:com|net|org|info|to|me|tv|cc|ws|mx|re|se|pw|in|io|co|uk|ru|nu|li|is|bz|biz|club|site|xyz|"
    r"top|vip|live|wtf|lol|pro|app|eu|cx|ag|la|st|gs|am|fm|sx|ch|de|fr|it|es|pl|nl)"
)
_HOST: Final = rf"(?:www\.)?[\w-]{{2,40}}(?:\.[\w-]{{2,40}}){{0,2}}\.{_TLD}"
SPAM: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"https?[:_]+/{0,2}[\w./-]{3,120}",
        rf"[\[({{【]\s{{0,3}}{_HOST}\s{{0,3}}[\])}}】]",
        rf"\bwww\.[\w-]{{2,40}}(?:\.[\w-]{{2,40}}){{0,2}}\.{_TLD}\b",
        rf"^\s{{0,3}}{_HOST}\s{{0,3}}[-–_]+\s{{0,3}}",
        r"\bt(?:elegram)?\.me[/_. ][\w]{3,40}",
        r"(?<![\w.])@[A-Za-z]\w{2,40}",
        r"\b(?:join|visit|follow|downloaded from|uploaded by)\s{1,3}(?:us|on|at)?\s{0,3}[:@~-]+"
        r"\s{0,3}[\w.]{0,40}",
    )
)
_EDGES: Final = re.compile(r"^[\s._~|–-]+|[\s_~|–-]+$")
_EMPTY: Final = re.compile(r"[\[({]\s*[\])}]")
LONGEST: Final = 300


def tidy(name: str, brands: Sequence[str] = ()) -> str:
    """Return a file or folder name without sites, channels and the brands named; never empty.

    The ending stays. What would leave nothing of the name is left as it was.
    """
    stem, dot, ending = name[-LONGEST:].rpartition(".") if "." in name else (name, "", "")
    if not stem or len(ending) > 5 or not ending.isalnum():
        stem, dot, ending = name[:LONGEST], "", ""
    kept = stem
    for pattern in (*SPAM, *(_word(brand) for brand in brands if brand.strip())):
        kept = pattern.sub(" ", kept)
    kept = _EDGES.sub("", _EMPTY.sub(" ", kept)).strip()
    return f"{kept if any(map(str.isalnum, kept)) else stem}{dot}{ending}"


def _word(brand: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(brand.strip())}(?!\w)", re.IGNORECASE)
