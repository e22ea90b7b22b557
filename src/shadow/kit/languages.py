"""Language codes as containers and file names write them, made into BCP 47 tags.

That is what browsers and HLS want.
"""

import re

# ISO 639-2 (terminology and bibliographic codes) to ISO 639-1, the part that has a short code.
# BCP 47 asks for the shortest code (RFC 5646 section 2.2.1).
_TABLE = """
aar aa abk ab afr af aka ak alb sq amh am ara ar arg an arm hy asm as ava av ave ae aym ay aze az
bak ba bam bm baq eu bel be ben bn bih bh bis bi bod bo bos bs bre br bul bg bur my cat ca ces cs
cha ch che ce chi zh chu cu chv cv cor kw cos co cre cr cym cy cze cs dan da deu de div dv dut nl
dzo dz ell el eng en epo eo est et eus eu ewe ee fao fo fas fa fij fj fin fi fra fr fre fr fry fy
ful ff geo ka ger de gla gd gle ga glg gl glv gv gre el grn gn guj gu hat ht hau ha heb he her hz
hin hi hmo ho hrv hr hun hu hye hy ibo ig ice is ido io iii ii iku iu ile ie ina ia ind id ipk ik
isl is ita it jav jv jpn ja kal kl kan kn kas ks kat ka kau kr kaz kk khm km kik ki kin rw kir ky
kom kv kon kg kor ko kua kj kur ku lao lo lat la lav lv lim li lin ln lit lt ltz lb lub lu lug lg
mac mk mah mh mal ml mao mi mar mr may ms mkd mk mlg mg mlt mt mon mn mri mi msa ms mya my nau na
nav nv nbl nr nde nd ndo ng nep ne nld nl nno nn nob nb nor no nya ny oci oc oji oj ori or orm om
oss os pan pa per fa pli pi pol pl por pt pus ps que qu roh rm ron ro rum ro run rn rus ru sag sg
san sa sin si slk sk slo sk slv sl sme se smo sm sna sn snd sd som so sot st spa es sqi sq srd sc
srp sr ssw ss sun su swa sw swe sv tah ty tam ta tat tt tel te tgk tg tgl tl tha th tib bo tir ti
ton to tsn tn tso ts tuk tk tur tr twi tw uig ug ukr uk urd ur uzb uz ven ve vie vi vol vo wel cy
wln wa wol wo xho xh yid yi yor yo zha za zho zh zul zu scc sr scr hr
"""
_WORDS = _TABLE.split()
SHORT = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
UNKNOWN = frozenset({"und", "unk", "mis", "zxx", "mul", "qaa", "xxx"})
# Names that muxers write where a code belongs.
NAMES = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "italian": "it",
    "italiano": "it",
    "japanese": "ja",
    "日本語": "ja",
    "korean": "ko",
    "chinese": "zh",
    "russian": "ru",
    "portuguese": "pt",
    "hindi": "hi",
    "arabic": "ar",
    "polish": "pl",
    "dutch": "nl",
    "swedish": "sv",
    "turkish": "tr",
}
SPOKEN = frozenset(
    {*SHORT, *SHORT.values(), *NAMES}
    | {"ast", "cmn", "fil", "fry", "gsw", "haw", "hsb", "dsb", "kab", "ltg", "nan", "nds", "yue"}
    | {"ace", "ceb", "chr", "cop", "grc", "kmr", "lad", "mai", "mni", "new", "pap", "sat", "tet"}
)
"""What is taken for a language where any other word could stand too."""
REGION = re.compile(r"[A-Z]{2}|[0-9]{3}|[A-Z][a-z]{3}")
TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


def language_tag(written: str | None) -> str | None:
    """Turn a container's language field into a BCP 47 tag, None when it names no language.

    `ger`, `deu`, `de`, `German` → `de`; `pt_br` → `pt-BR`; `zh-hant` → `zh-Hant`; `und` → None.
    """
    value = (written or "").strip()
    if value.lower() in NAMES:
        return NAMES[value.lower()]
    if not TAG.fullmatch(value) or len(value) > 16:
        return None
    first, *rest = value.replace("_", "-").lower().split("-")
    if first in UNKNOWN:
        return None
    return "-".join([SHORT.get(first, first), *(_subtag(part) for part in rest)])


def known_language(word: str) -> str | None:
    """Turn a word of a file name into a BCP 47 tag, None when it is no well-known language.

    Stricter than `language_tag`, which believes any two or three letters: `Cut` is no language.
    """
    tag = language_tag(word)
    if tag is None or word.strip().lower() in NAMES:
        return tag
    first, *rest = re.split("[-_]", word.strip().lower())
    if first not in SPOKEN or not all(REGION.fullmatch(_subtag(part)) for part in rest):
        return None
    return tag


def _subtag(part: str) -> str:
    # RFC 5646 section 2.1.1: scripts in title case, regions in upper case.
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part
