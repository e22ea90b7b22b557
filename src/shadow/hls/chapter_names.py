"""What chapter names mean, in many languages: opening, recap, credits, preview of the next one."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

MarkerKind = Literal["intro", "recap", "credits", "preview"]

NAMES: Final[Mapping[MarkerKind, str]] = {
    "intro": """
        intro|introduction|opening|op|ncop|opening credits|opening theme|opening song|opening titles
        |opening sequence|title sequence|titles|main title|main titles|theme|theme song
        |intro credits|credits intro|opening animation|intro song
        |vorspann|anfang vorspann|titelmelodie|titellied|eröffnung
        |générique de début|générique d'ouverture|générique d'introduction|ouverture
        |introducción|créditos iniciales|apertura|cabecera|intro inicial
        |abertura|créditos de abertura|créditos iniciais|introdução|vinheta
        |sigla|sigla iniziale|sigla di apertura|sigla di testa|titoli di testa|introduzione
        |begintune|openingstune|begintitels|openingstitels|leader
        |vinjett|förtexter|introtexter|fortekster|fortekst|åbning|åpning|alkutekstit|alkutunnus
        |czołówka|napisy początkowe|wstęp|úvodní titulky|úvodní znělka|znělka|úvod|úvodné titulky
        |főcím|főcímdal|generic de început|generic|уводна шпица|uvodna špica|špica|najavna špica
        |заставка|опенинг|интро|вступление|начальные титры|вступительные титры|титульная заставка
        |опенінг|інтро|вступ|початкові титри|встъпителни надписи|начални надписи
        |jenerik|açılış|açılış jeneriği|giriş|giriş jeneriği|τίτλοι αρχής|τίτλοι έναρξης|εισαγωγή
        |オープニング|オープニングテーマ|主題歌|タイトル|片头|片頭|片头曲|片頭曲|开场|開場|开头|オープニング曲
        |오프닝|오프닝 크레딧|인트로|شارة البداية|المقدمة|مقدمة|تیتراژ آغازین|פתיח|כתוביות פתיחה
        |pembukaan|lagu pembuka|nhạc mở đầu|mở đầu|เพลงเปิด|ओपनिंग|शुरुआत
    """,
    "recap": """
        recap|previously|previously on|previous episode|last time|last time on|summary|story so far
        |the story so far|last episode|previous|rückblick|was bisher geschah|zusammenfassung|bisher
        |résumé|précédemment|dans les épisodes précédents|résumé de l'épisode précédent
        |resumen|anteriormente|en el episodio anterior|recapitulación|recapitulação|resumo
        |no episódio anterior|riassunto|nelle puntate precedenti|nell'episodio precedente
        |samenvatting|eerder|in de vorige aflevering|tidigare|tidigare avsnitt|sammanfattning
        |tidligere|resumé|aiemmin tapahtunut|streszczenie|poprzednio|w poprzednim odcinku
        |minule|v minulém díle|rekapitulace|előzmények|az előző részek tartalmából|összefoglaló
        |rezumat|предыдущие серии|в предыдущих сериях|в предыдущей серии|ранее|краткое содержание
        |рекап|раніше|у попередніх серіях|önceki bölüm|önceki bölümde|özet|geçen bölüm
        |περίληψη|στα προηγούμενα|あらすじ|前回のあらすじ|これまでのあらすじ|前情提要|前情回顾
        |前情回顧
        |上集回顾|上集回顧|回顾|지난 이야기|지난 줄거리|줄거리|이전 이야기|ملخص|في الحلقة السابقة
        |בפרקים הקודמים|sebelumnya|ringkasan|tập trước
    """,
    "credits": """
        credits|end credits|ending credits|closing credits|closing|ending|ed|nced|outro|end titles
        |end title|closing titles|closing theme|ending theme|ending song|credit roll|credits roll
        |final credits|rolling credits|end credit|ending animation|staff roll|ending sequence
        |abspann|nachspann|schlusstitel|générique de fin|générique de clôture|crédits
        |crédits de fin|créditos|créditos finales|cierre|créditos finais|encerramento
        |créditos de encerramento|titoli di coda|sigla finale|sigla di chiusura|sigla di coda
        |aftiteling|eindtune|eindtitels|aftitels|eftertexter|sluttexter|rulletekster|rulletekst
        |sluttekster|lopputekstit|lopputunnus|napisy końcowe|tyłówka|napisy
        |závěrečné titulky|koncové titulky|stáblista|vége főcím
        |genericul de final|generic de final|odjavna špica|одјавна шпица|титры|финальные титры
        |конечные титры|закрывающие титры|эндинг|титри|кінцеві титри|ендінг|заключителни надписи
        |финални надписи|kapanış|kapanış jeneriği|bitiş jeneriği|son jenerik|τίτλοι τέλους
        |エンディング|エンディングテーマ|エンドロール|スタッフロール|エンドクレジット|片尾|片尾曲|片尾字幕|结尾
        |エンディング曲|엔딩|엔딩 크레딧|아웃트로|شارة النهاية|النهاية|تیتراژ پایانی|סיום
        |כתוביות סיום
        |penutup|lagu penutup|nhạc kết thúc|kết thúc|เพลงปิด
    """,
    "preview": """
        preview|next|next episode|next episode preview|next time|next time on|on the next episode
        |coming up|coming up next|next preview|trailer|vorschau|nächste folge|ausblick|aperçu
        |prochain épisode|bande annonce|dans le prochain épisode|avance|avances
        |próximo episodio|en el próximo episodio|adelanto|prévia|próximo episódio
        |no próximo episódio|anteprima|prossima puntata|prossimo episodio|nel prossimo episodio
        |vooruitblik|volgende aflevering|nästa avsnitt|næste afsnit|neste episode
        |seuraavassa jaksossa
        |zapowiedź|następny odcinek|w następnym odcinku|příště|v příštím díle|ukázka|előzetes
        |a következő rész tartalmából|avanpremieră|анонс|превью|в следующей серии|следующая серия
        |прев'ю|наступна серія|у наступній серії|gelecek bölüm|önizleme|fragman|προεπισκόπηση
        |στο επόμενο|次回|次回予告|予告|预告|預告|下集预告|下集預告|下回预告|예고|다음 화 예고
        |다음 이야기
        |예고편|الحلقة القادمة|بالحلقة القادمة|בפרק הבא|pratinjau|tập sau|xem trước
    """,
}
EITHER_END: Final = "générique|genérico|titulky|tunnus|主題歌|credits"
"""Names that stand at the beginning and at the end: an opening in the first half."""
FEWEST_SECONDS: Final = 5.0
MOST_SECONDS: Final[Mapping[MarkerKind, float]] = {
    "intro": 180.0,
    "recap": 300.0,
    "credits": 900.0,
    "preview": 180.0,
}
GAP_SECONDS: Final = 3.0
"""Two chapters of one kind this close together are one marker."""
_NUMBERED: Final = frozenset(
    {"chapter", "kapitel", "chapitre", "capitulo", "capitolo", "hoofdstuk", "kapittel", "kapitola"}
    | {"rozdział", "luku", "глава", "розділ", "bolum", "scene", "part", "szene", "第", "章", "제"}
)
"""Words that go with a chapter's number, folded."""
_CUT: Final = re.compile(r"\s[-–—|]\s|[:：]")
_ASIDE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|「[^」]*」|（[^）]*）")


class Stretch(NamedTuple):
    """A part of a film in seconds from its start."""

    kind: MarkerKind
    start: float
    end: float


def folded(name: str) -> str:
    """Return the words of a name: lower case, without accents, numbers and signs."""
    text = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(one for one in text if not unicodedata.combining(one) or one in "\u3099\u309a")
    letters = unicodedata.normalize("NFKC", bare)
    spaced = "".join(one if one.isalpha() or _is_mark(one) else " " for one in letters)
    words = [word for word in spaced.split() if word not in _NUMBERED]
    return " ".join(words)


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in {"Mn", "Mc"}


def _names(text: str) -> frozenset[str]:
    return frozenset(folded(name) for name in text.split("|"))


_KINDS: Final[Mapping[str, MarkerKind]] = {
    name: kind for kind, text in NAMES.items() for name in _names(text)
}
_EITHER: Final = _names(EITHER_END)


def kind_of(name: str, *, early: bool) -> MarkerKind | None:
    """Return what a chapter of this name is, None for one of the story.

    Args:
        name: As the file has it; numbers, what is in brackets and a song's name do not matter.
        early: Whether it begins in the first half.
    """
    plain = _ASIDE.sub(" ", name)
    for part in (name, plain, *_CUT.split(plain)):
        words = folded(part)
        if words in _EITHER:
            return "intro" if early else "credits"
        if words in _KINDS:
            return _KINDS[words]
    return None


def stretches(chapters: Sequence[Mapping[str, Any]], duration: float) -> tuple[Stretch, ...]:
    """Return what of a film a person may want to skip, as its chapters tell, in order.

    At most one of each kind: the first opening and recap, the last credits and preview. Those of
    a length or in a place that such a thing does not have are left out.

    Args:
        chapters: Each with `start` and `end` in seconds and a `title` or None.
        duration: The film's, in seconds.
    """
    found: dict[MarkerKind, Stretch] = {}
    for stretch in _joined(_named(chapters, duration)):
        if not _is_sane(stretch, duration):
            continue
        if stretch.kind in {"credits", "preview"}:
            found[stretch.kind] = stretch
        else:
            found.setdefault(stretch.kind, stretch)
    return tuple(sorted(found.values(), key=lambda one: one.start))


def _named(chapters: Sequence[Mapping[str, Any]], duration: float) -> list[Stretch]:
    named = []
    for chapter in sorted(chapters, key=lambda one: float(one["start"])):
        start, end = float(chapter["start"]), min(float(chapter["end"]), duration)
        kind = kind_of(chapter.get("title") or "", early=start < duration / 2)
        if kind is not None and end > start:
            named.append(Stretch(kind, start, end))
    return named


def _joined(named: list[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for one in named:
        last = joined[-1] if joined else None
        if last and last.kind == one.kind and one.start - last.end <= GAP_SECONDS:
            joined[-1] = last._replace(end=max(last.end, one.end))
        else:
            joined.append(one)
    return joined


def _is_sane(stretch: Stretch, duration: float) -> bool:
    length = stretch.end - stretch.start
    if not FEWEST_SECONDS <= length <= min(MOST_SECONDS[stretch.kind], duration / 2):
        return False
    if stretch.kind in {"intro", "recap"}:
        return stretch.start < duration / 2
    return stretch.start >= duration / 2
