"""The words people and release groups use, and what each of them means. Tables only."""

from __future__ import annotations

from typing import Literal

from shadow.kit.naming.facts import ExtraKind


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set; tables read better as text than as rows of quotes."""
    return frozenset(words.split())


def _words(text: str) -> list[str]:
    return text.split()


WeakField = Literal["source", "edition", "language", "proper", "noise", "complete"]

RESOLUTION = {"4k": "2160p", "uhd": "2160p", "8k": "4320p", "fhd": "1080p", "fullhd": "1080p"}
WIDTHS = ((3200, "2160p"), (2400, "1440p"), (1800, "1080p"), (1200, "720p"))

SPELLING: dict[str, tuple[tuple[str, str], ...]] = {
    "source": (
        ("blurayrip", "BDRip"), ("bdrip", "BDRip"), ("brrip", "BRRip"), ("uhdbluray", "BluRay"),
        ("bluray", "BluRay"), ("bdremux", "BluRay"), ("uhdremux", "BluRay"), ("uhdrip", "UHDRip"),
        ("bd", "BluRay"), ("uhd", "BluRay"),
        ("remux", "Remux"), ("webdl", "WEB-DL"), ("webrip", "WEBRip"), ("webcap", "WEBCap"),
        ("web", "WEB"), ("pdtv", "PDTV"), ("sdtv", "SDTV"), ("hdtvrip", "HDTVRip"),
        ("ahdtv", "HDTV"), ("uhdtv", "UHDTV"), ("dhdtv", "HDTV"), ("hdtv", "HDTV"),
        ("dtvrip", "TVRip"),
        ("tvrip", "TVRip"), ("dsr", "DSR"), ("dthrip", "DTHRip"), ("dth", "DTHRip"),
        ("dvdscr", "DVDScr"), ("dvdscreener", "DVDScr"), ("dvdrip", "DVDRip"), ("dvbrip", "DVBRip"),
        ("dvb", "DVB"), ("predvd", "PreDVD"), ("dvd", "DVD"), ("hddvd", "HD-DVD"),
        ("hdcam", "CAM"), ("hqcam", "CAM"), ("cam", "CAM"), ("hdts", "TS"), ("telesync", "TS"),
        ("ts", "TS"), ("hdtc", "TC"), ("telecine", "TC"), ("hdrip", "HDRip"), ("satrip", "SATRip"),
        ("vhsrip", "VHSRip"), ("vodrip", "VODRip"), ("ppvrip", "PPVRip"),
        ("laserdisc", "LaserDisc"),
        ("ldrip", "LaserDisc"), ("workprint", "Workprint"), ("scr", "SCR"), ("screener", "SCR"),
        ("desiscr", "SCR"), ("wbbrip", "WEBRip"), ("hd720", ""), ("hd1080", ""),
    ),
    "video": (
        ("x264", "H.264"), ("h264", "H.264"), ("avc", "H.264"), ("x265", "H.265"),
        ("h265", "H.265"),
        ("hevc", "H.265"), ("h266", "H.266"), ("x266", "H.266"), ("xvid", "Xvid"), ("divx", "DivX"),
        ("av1", "AV1"), ("vp9", "VP9"), ("vp8", "VP8"), ("mpeg2", "MPEG-2"), ("mpg2", "MPEG-2"),
        ("mpeg4", "MPEG-4"), ("mpg4", "MPEG-4"), ("vc1", "VC-1"), ("wmv", "WMV"), ("h263", "H.263"),
        ("x263", "H.263"), ("rv10", "RealVideo"),
    ),
    "audio": (
        ("eac3", "E-AC-3"), ("ddp", "E-AC-3"), ("dd+", "E-AC-3"), ("ac3", "AC-3"), ("dts", "DTS"),
        ("dolbyatmos", "Atmos"), ("dolby", "AC-3"), ("dd", "AC-3"), ("aac", "AAC"),
        ("heaac", "AAC"),
        ("truehd", "TrueHD"), ("atmos", "Atmos"), ("flac", "FLAC"), ("opus", "Opus"),
        ("lpcm", "PCM"), ("pcm", "PCM"), ("mp3", "MP3"),
    ),
    "edition": (
        ("extendeddirector", "Director's Cut"), ("director", "Director's Cut"),
        ("thedirector", "Director's Cut"), ("extended", "Extended"), ("theextended", "Extended"),
        ("final", "Final Cut"), ("thefinal", "Final Cut"), ("theatrical", "Theatrical"),
        ("thetheatrical", "Theatrical"), ("ultimate", "Ultimate"), ("unrated", "Unrated"),
        ("uncut", "Uncut"), ("special", "Special Edition"), ("collector", "Collector's Edition"),
        ("limited", "Limited Edition"), ("criterion", "Criterion"), ("openmatte", "Open Matte"),
        ("anniversary", "Anniversary Edition"), ("1", "Anniversary Edition"),
        ("2", "Anniversary Edition"), ("3", "Anniversary Edition"), ("4", "Anniversary Edition"),
        ("5", "Anniversary Edition"), ("6", "Anniversary Edition"), ("7", "Anniversary Edition"),
        ("restored", "Restored"), ("remastered", "Remastered"), ("uncensored", "Uncensored"),
    ),
}  # fmt: skip

LANGUAGES: dict[str, str] = {
    word: code
    for code, names in {
        "en": "english eng",
        "fr": "french fre fra truefrench vff vfq vfi vf vf2 vostfr vost subfrench francais "
        "français",
        "de": "german ger deutsch deu",
        "es": "spanish spa esp castellano español espanol latino lat",
        "it": "italian ita italiano",
        "pt": "portuguese por pt-br ptbr dublado portugues português legendado nacional",
        "nl": "dutch flemish nlsubs",
        "sv": "swedish swe swesub swedisch",
        "no": "norwegian norsk",
        "da": "danish dansk dksubs",
        "fi": "finnish suomi",
        "is": "icelandic",
        "ru": "russian rus",
        "uk": "ukrainian ukr",
        "pl": "polish pol polski lektor plsub pldub",
        "cs": "czech cze ces",
        "sk": "slovak slo",
        "hu": "hungarian hun",
        "ro": "romanian rum",
        "bg": "bulgarian bgaudio",
        "el": "greek gre",
        "tr": "turkish tur turkce",
        "he": "hebrew heb",
        "ar": "arabic ara",
        "fa": "persian farsi",
        "hi": "hindi hin",
        "ta": "tamil tam",
        "te": "telugu tel",
        "ml": "malayalam mal",
        "kn": "kannada kan",
        "bn": "bengali bangla",
        "pa": "punjabi",
        "mr": "marathi",
        "gu": "gujarati",
        "ur": "urdu",
        "ja": "japanese jpn jap",
        "ko": "korean kor korsub",
        "zh": "chinese chi mandarin cantonese chs cht",
        "th": "thai",
        "vi": "vietnamese vie",
        "id": "indonesian",
        "hr": "croatian",
        "sr": "serbian",
        "sl": "slovenian",
        "et": "estonian",
        "lv": "latvian",
        "lt": "lithuanian",
        "ca": "catalan",
        "eu": "basque",
    }.items()
    for word in _words(names)
}

_NOISE = word_set("""
    internal limited retail multi dubbed subbed subs sub dual dl ws fs nf pal docu documentary
    ld md hc hq nfo convert hybrid oar cr red hbo itv amc max dv ml custom fansub raw raws rip
    hdr mp audio bd ova ona oad bonus big5 gb extras truehd nordic ep uncensored censored
    dubbing softsubs ac subtitle subtitles vo vose hbomax netflix stan peacock crunchyroll
    funimation funidub batch end fin final hardcoded dc hardsub softsub dvdfull cee se dirfix
    repost avi webmux mini series miniseries bbc line mic read xxx iplayer uk us au nz ca ppv hd
    sd
    """)
_COMPLETE = word_set("""
    complete completa integrale intégrale komplett full completo collection
    """)

WEAK: dict[str, tuple[WeakField, str]] = {
    **{word: ("language", code) for word, code in LANGUAGES.items()},
    **dict.fromkeys(_NOISE, ("noise", "")),
    **{
        word: ("source", value)
        for word, value in {
            "web": "WEB", "ts": "TS", "tc": "TC", "cam": "CAM", "scr": "SCR", "bd": "BluRay",
            "vhs": "VHS",
            "hdlight": "BluRay", "mhd": "BluRay", "microhd": "BluRay", "tvrip": "TVRip",
            "dvd": "DVD",
        }.items()
    },
    **{
        word: ("edition", value)
        for word, value in {
            "extended": "Extended", "unrated": "Unrated", "uncut": "Uncut",
            "uncensored": "Uncensored",
            "remastered": "Remastered", "remaster": "Remastered", "theatrical": "Theatrical",
            "imax": "IMAX", "criterion": "Criterion", "restored": "Restored", "redux": "Redux",
            "recut": "Recut", "dc": "Director's Cut", "colorized": "Colorized",
        }.items()
    },
    "proper": ("proper", "proper"),
    "real": ("proper", "proper"),
    **dict.fromkeys(_COMPLETE, ("complete", "")),
}  # fmt: skip

SURE = word_set("""
    vostfr truefrench subfrench vff vfq vost swesub dksubs
    """)
"""Weak words that no title holds."""

COUNTRIES = word_set("""
    us uk au nz ca
    """)
"""Codes that tell apart two series of one title; upper case, directly before the season."""

EXTRA_FOLDERS: dict[str, ExtraKind] = {
    "extras": "other", "extra": "other", "bonus": "other", "bonuses": "other", "other": "other",
    "others": "other", "special features": "other", "bonus features": "other",
    "supplements": "other",
    "bonus content": "other", "extras features": "other", "bonus material": "other",
    "behind the scenes": "behindthescenes", "behindthescenes": "behindthescenes",
    "making of": "behindthescenes", "deleted scenes": "deleted", "deleted": "deleted",
    "deletedscenes": "deleted", "featurettes": "featurette", "featurette": "featurette",
    "interviews": "interview", "interview": "interview", "scenes": "scene", "scene": "scene",
    "shorts": "short", "short": "short", "clips": "scene", "trailers": "trailer",
    "trailer": "trailer", "teasers": "trailer", "sample": "sample", "samples": "sample",
    "theme music": "theme", "theme-music": "theme", "backdrops": "theme", "themes": "theme",
    "ncop": "theme", "nced": "theme", "ncop nced": "theme", "creditless": "theme", "menu": "other",
    "menus": "other", "pv": "trailer", "pvs": "trailer", "cm": "trailer", "cms": "trailer",
    "nc": "theme", "nced ncop": "theme", "proof": "sample",
}  # fmt: skip
"""Folder names of Plex, Jellyfin and Kodi below which nothing but extras stands."""

SHELVES = word_set("""
    movies movie films film filme filmes peliculas películas video videos media tv tvshows
    series shows serien séries series-tv anime animes cartoons kids downloads download
    complete completed incoming torrents torrent usenet unsorted new old misc documentaries
    documentary docs docus dokus home-videos 4k uhd hd sd 3d dvd bluray blurays books
    audiobooks comics manga ebooks music podcasts library share shared public data1 disk1
    storage nas mnt multimedia recordings dvr watched unwatched tv-shows tv-series home videos
    hd-movies movies-4k 4k-movies films-hd bdmv stream video-ts audio-ts subs subtitles collection
    drama dramas filme-hd xvid mkv mp4 ebook comic concerts standup adult cinema others
    series-completas películas-hd сериалы фильмы мультфильмы аниме 电影 电视剧 动漫 アニメ 映画
    """)
"""Folder names that shelve things and name none of them (hyphens stand for spaces)."""

FILM_SHELVES = word_set("""
    movies movie films film filme filmes peliculas películas cinema фильмы 电影 映画
    """)
"""Shelves on which no series stand."""

OPAQUE = word_set("""
    movie film video main feature mainfeature title untitled file videoplayback index play
    output part disc disk cd full movie1 film1 video1 00000 00001 00800 encode test
    """)
"""File names that say nothing, so that the folder is asked."""
