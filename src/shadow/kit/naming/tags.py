"""Recognise the technical words of a release: picture, source, codecs, editions, languages.

One alternation over the flat text finds them all. It is linear: every repetition is bounded and
no branch is tried inside a word. A *strong* tag cannot be part of a title ("x264", "1080p"); a
*weak* one can ("French", "Extended") and counts only beside a strong one or after the title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from shadow.kit.naming import vocabulary as words

Field = Literal[
    "resolution", "source", "video", "audio", "edition", "language", "proper", "noise", "complete"
]

_RESOLUTION = (
    r"(?:\d{3,4} ?x ?)?(?:240|360|480|540|576|720|1080|1440|2160|4320)[pi](?:\d\d)?|"
    r"\d{3,4} ?x ?(?:2[48]|3[246]|4[0268]|5[0-9]|6[0-9]|7[0-9]|8[0-9]|9[0-9]|1[0-6][0-9]|"
    r"2160)\d?[0-9]p?|"
    r"[48]k|uhd|fhd|full ?hd"
)
_SOURCE = (
    r"(?:uhd ?)?blu[ -]?ray(?: ?(?:rip|remux|3d))?|(?:bd|br|uhd|hd|web|dvd|tv|vhs|vod|ppv|dvb|"
    r"sat|ld|"
    r"hdtv|dtv|pdtv|cam|dvdscr|scr|wbb|hddvd|bluray|dsr|hdtc|webdl|web-dl|ts|pre ?dvd|dth|"
    r"desiscr|hc)"
    r"[ -]?rips?|"
    r"(?:bd|dvd|blu-?ray|web|web-?dl|uhd)[ -]?(?:remux|mux)|remux|bd(?:25|50|66|100)|bd3d|bdmv|"
    r"bdiso|"
    r"web[ -]?dl(?:[ -]?rip|mux)?|webhd|web-?cap|(?:a|u|p|d)?hdtv|pdtv|sdtv|dsr|dth|hd-?dvd|"
    r"dvd[ -]?(?:5|9|r|scr|r5|r9)|dvd|dvb|(?:hq|hd)?-?cam-?rip|hdcam|hq-?cam|hdts|hdtc|telesync|"
    r"telecine|laser-?disc|workprint|(?:dvd|bd|web)?[ -]?screener|hd ?720|hd ?1080"
)
_VIDEO = (
    r"[xh] ?26[3-6](?:-?10bit)?|hevc(?:-?10(?:bit)?)?|avc(?:-?10bit)?|xvid(?:hd)?|divx\d?|av1|"
    r"vp[89]|mpe?g-?[24]|"
    r"vc-?1|wmv9?|h ?264p?|10[ -]?bits?|8[ -]?bits?|12[ -]?bits?|hi10p?|hi444p?p?|rv10"
)
_AUDIO = (
    r"(?:he-?)?aac(?:-?lc)?(?: ?[1257] [01])?(?:x\d)?|e-?ac-?3(?: ?[257] [01])?|"
    r"ac-?3(?: ?[257] [01])?(?:x\d)?|"
    r"ddp?a?\+?[ -]{0,2}[12457] ?[01](?:ch)?|dd(?:p|\+)|dts(?:[ -]?(?:hd|es|x))?(?:[ -]?(?:ma|"
    r"hra?))?(?: ?[257] [01])?|"
    r"true-?hd(?: ?[257] [01])?|atmos|flac(?: ?[1257] [01])?(?:x\d)?|opus(?: ?[257] [01])?|"
    r"l?pcm(?: ?[257] [01])?|"
    r"mp3|dolby(?: ?(?:digital|atmos|d))?|(?:[1257] [01]|[1268])[ -]?ch(?:annels?)?|[257] 1|2 0"
)
_EDITION = (
    r"(?:the )?(?:director'?s|extended|final|theatrical|ultimate|unrated|uncut|special|workprint|"
    r"producer'?s|rogue|festival|international|super|despecialized)[ -](?:cut|edition|version|ed)|"
    r"(?:collector'?s?|limited|anniversary|criterion|definitive|deluxe|diamond|signature|platinum|"
    r"\d\dth anniversary|restored|remastered|theatrical|ultimate|uncensored|premium|"
    r"recut) (?:edition|ed|collection|cut)|"
    r"\d\dth anniversary|open matte|extended(?: director'?s)?(?: cut)?"
)
_COMPLETE = (
    r"(?:the )?complete (?:\d{1,2} )?(?:(?:tv |mini ?)?series|(?:movie |film )?collection|saga|"
    r"box ?set|pack)|box ?set|"
    r"(?:the )?complete collection|integrale?|all seasons"
)
_NOISE = (
    r"re-?pack\d?|re-?rip\d?|esubs?|e-subs?|msubs?|m-subs?|(?:multi|dual|eng|english|soft|hard|ita|fr|kor|"
    r"dk|swe|nor|fin|nl|vost|hc|exyu|chi|viet|multiple|official|fast|no|arab|pl|"
    r"dan)[ -]?sub(?:s|bed|titles?|title)?|"
    r"(?:dual|multi|tri(?:ple)?)[ -]?audios?|hdr(?:10)?(?:\+|plus|rip)?|sdr|dolby ?vision|dovi|"
    r"(?:half-?|h-?)?(?:sbs|ou)|hsbs|amzn|dsnp|hmax|atvp|pcok|hulu|"
    r"\d{1,2}(?: \d{1,3})? ?[gm]i?b|\d{3,4} ?[gm]o|"
    r"\d{2,5} ?[km]b(?:ps|it)?|\d\d ?fps|ntsc|read-?nfo|nfofix|dubbed|dublado|dubs?|subbed|"
    r"legendado|dual|"
    r"mp-?4|mkv|m4v|webm|3d|hou|e-?rip|upscaled?|untouched|multi(?:\d|ple)?|season pack|"
    r"dvdfull|ai upscale"
)


def _bounded(parts: str) -> str:
    return rf"(?<![0-9a-z])(?:{parts})(?![0-9a-z])"


_TAG = re.compile(
    _bounded(
        f"(?P<resolution>{_RESOLUTION})|(?P<source>{_SOURCE})|(?P<video>{_VIDEO})|"
        f"(?P<audio>{_AUDIO})|(?P<complete>{_COMPLETE})|(?P<edition>{_EDITION})|(?P<noise>{_NOISE})|(?P<word>[^\\W\\d_]{{2,24}})"
    )
)
BROADCAST = frozenset({"HDTV", "PDTV", "SDTV", "DSR", "TVRip", "HDTVRip"})
_NOT_KEY = re.compile(r"[^0-9a-z+]")
_WEAK_STRUCTURES = words.word_set(
    "dual dub dubs dubbed multi dolby 20 51 71 21 super cut subbed cam multiple ou dth 3d"
)


@dataclass(frozen=True, slots=True)
class Tag:
    """Hold one technical word: where it stands, which field it fills, and whether it is sure."""

    start: int
    end: int
    field: Field
    value: str
    strong: bool


def find_tags(flat: str) -> list[Tag]:
    """Return the technical words of a flat text, in order."""
    found: list[Tag] = []
    for match in _TAG.finditer(flat):
        kind = match.lastgroup
        text = match[0]
        if kind == "word":
            field_value = words.WEAK.get(text)
            if field_value:
                found.append(Tag(match.start(), match.end(), *field_value, text in words.SURE))
        elif kind:
            key = _NOT_KEY.sub("", text)
            field_name = "proper" if key.startswith(("repack", "rerip")) else cast("Field", kind)
            value, strong = _value(kind, key), _is_strong(kind, key, text)
            found.append(Tag(match.start(), match.end(), field_name, value, strong))
    return found


def _is_strong(kind: str, key: str, text: str) -> bool:
    if kind == "edition" or key in _WEAK_STRUCTURES:
        return False
    return kind != "complete" or " " in text  # "complete" alone may be a title's word


def _value(kind: str, key: str) -> str:
    if kind == "resolution":
        return _resolution(key)
    table = words.SPELLING.get(kind)
    if table is None:
        return key
    for beginning, spelling in table:
        if key.startswith(beginning):
            return spelling
    return "" if kind != "edition" else key


def _resolution(key: str) -> str:
    if key in words.RESOLUTION:
        return words.RESOLUTION[key]
    width, cross, height = key.rpartition("x")
    if key[-1] in "pi" or not cross:
        digits = re.match(r"\d+[pi]", height)
        return digits[0] if digits else ""
    lines = int(re.sub(r"\D", "", height) or 0)
    by_width = next((name for least, name in words.WIDTHS if int(width or 0) >= least), None)
    return by_width or f"{lines}p"
