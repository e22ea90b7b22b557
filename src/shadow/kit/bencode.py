"""Read bencoding, BitTorrent's notation (BEP 3), from hostile bytes."""

from typing import Final

MOST_DEPTH: Final = 32
MOST_VALUES: Final = 2_000_000
MOST_DIGITS: Final = 20

Value = int | bytes | list["Value"] | dict[bytes, "Value"]


class BencodeError(ValueError):
    """The bytes are not what they should be."""


class BencodeReader:
    """Reads one value. `spans` has where the values of the outermost dictionary begin and end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._values = 0
        self.spans: dict[bytes, tuple[int, int]] = {}

    def read(self) -> Value:
        """Return the value; nothing may follow it.

        Raises:
            BencodeError: it is malformed, too deep or too large.
        """
        value = self._value(0)
        if self._at != len(self._content):
            raise BencodeError("something follows the end")
        return value

    def _value(self, depth: int) -> Value:
        self._values += 1
        if depth > MOST_DEPTH or self._values > MOST_VALUES:
            raise BencodeError("too deep or too many values")
        first = self._content[self._at : self._at + 1]
        if first.isdigit():
            return self._text()
        self._at += 1
        if first == b"i":
            return self._number(b"e")
        if first == b"l":
            return self._list(depth)
        if first == b"d":
            return self._dictionary(depth)
        raise BencodeError("an unknown kind of value, or an early end")

    def _number(self, end: bytes) -> int:
        stop = self._content.find(end, self._at, self._at + MOST_DIGITS + 2)
        digits = self._content[self._at : stop] if stop >= 0 else b""
        if not digits.removeprefix(b"-").isdigit():
            raise BencodeError("a malformed number")
        self._at = stop + 1
        return int(digits)

    def _text(self) -> bytes:
        length = self._number(b":")
        start, self._at = self._at, self._at + length
        if length < 0 or self._at > len(self._content):
            raise BencodeError("a text longer than what there is")
        return self._content[start : self._at]

    def _list(self, depth: int) -> list[Value]:
        found: list[Value] = []
        while not self._ended():
            found.append(self._value(depth + 1))
        return found

    def _dictionary(self, depth: int) -> dict[bytes, Value]:
        found: dict[bytes, Value] = {}
        while not self._ended():
            key = self._value(depth + 1)
            if not isinstance(key, bytes) or key in found:
                raise BencodeError("a key that is no text, or comes twice")
            start = self._at
            found[key] = self._value(depth + 1)
            if depth == 0:
                self.spans[key] = (start, self._at)
        return found

    def _ended(self) -> bool:
        if self._content[self._at : self._at + 1] != b"e":
            return False
        self._at += 1
        return True
