"""Where Telegram's data centres are."""

from collections.abc import Mapping

from shadow.telegram.settings import ADDRESS

HOME = 2
"""The data centre that is asked first where an account has its home."""
TELEGRAM: Mapping[int, tuple[str, int]] = {
    1: ("149.154.175.53", 443),
    2: ("149.154.167.51", 443),
    3: ("149.154.175.100", 443),
    4: ("149.154.167.91", 443),
    5: ("91.108.56.130", 443),
}


def data_centres(given: Mapping[int, str]) -> Mapping[int, tuple[str, int]]:
    """Return host and port of each data centre: Telegram's own, or those of the setting `dc`.

    The first is the one to ask where an account has its home.
    """
    if not given:
        return {HOME: TELEGRAM[HOME], **TELEGRAM}
    found = {}
    for number, address in given.items():
        match = ADDRESS.fullmatch(address)
        assert match  # the settings have checked it
        found[number] = (match[1].strip("[]"), int(match[2]))
    return found
