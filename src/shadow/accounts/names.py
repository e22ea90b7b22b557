"""User names: which are allowed, and which two are the same."""

import re
import unicodedata

from shadow.accounts.errors import NameInvalid

MAX_NAME = 64
SIGNS = "._@+-"
# Marks and letters that Unicode counts as such although nothing is seen of them (its property
# Default_Ignorable_Code_Point): with them, two different names would look alike.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


def clean_name(text: str) -> str:
    """Return `text` as a user name: NFKC, 1 to 64 letters, marks, digits or `._@+-`.

    Raises:
        NameInvalid: anything else is in it, white space too.
    """
    name = unicodedata.normalize("NFKC", text)
    if not 0 < len(name) <= MAX_NAME or _UNSEEN.search(name):
        raise NameInvalid
    if any(unicodedata.category(sign)[0] not in "LMN" and sign not in SIGNS for sign in name):
        raise NameInvalid
    return name


def name_key(text: str) -> str | None:
    """Return what names are compared by (NFKC, case folded), or None if nobody can be so called."""
    try:
        return unicodedata.normalize("NFKC", clean_name(text).casefold())
    except NameInvalid:
        return None
