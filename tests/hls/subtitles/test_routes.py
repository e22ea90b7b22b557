"""Subtitles over HTTP, through the whole application."""

import os
from pathlib import Path
from typing import Any

import httpx

from shadow.accounts import service as accounts
from shadow.hls.known_files import file_named
from shadow.hls.subtitles.keeping import MOST_A_FILE, MOST_BYTES
from shadow.hls.subtitles.store import SubtitleStore
from shadow.ingest.service import ensure_roots
from shadow.runtime.access import Role
from shadow.runtime.bodies import BODY_LIMIT
from shadow.runtime.context import Runtime
from tests.conftest import BROWSER, PASSWORD
from tests.hls.subtitles.conftest import SRT, known, lay
from tests.support.hls_fixtures import fixture_file
from tests.support.media import ffmpeg_made, film
from tests.support.pgs import pgs_stream

Ids = dict[str, str]


def at(file_id: str, rest: str = "") -> str:
    return f"/api/files/{file_id}/subtitles{rest}"


async def listed(client: httpx.AsyncClient, file_id: str) -> list[dict[str, Any]]:
    answer = await client.get(at(file_id))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def sent(
    client: httpx.AsyncClient, file_id: str, content: bytes, **said: Any
) -> httpx.Response:
    return await client.post(at(file_id), content=content, params=said)


async def member(app: Any, runtime: Runtime, name: str, role: Role) -> httpx.AsyncClient:
    """Sign another person in."""
    async with runtime.database.transaction() as session:
        await accounts.create_user(session, name=name, password=PASSWORD, role=role)
    other = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://testserver", headers=BROWSER
    )
    answer = await other.post("/api/auth/login", json={"username": name, "password": PASSWORD})
    assert answer.status_code == 200
    return other


async def test_what_is_inside_and_beside_a_film_is_listed(
    client: httpx.AsyncClient, place: Path, ids: Ids
) -> None:
    lay(place, "Texts/Texts.fr.sdh.srt", SRT)
    lay(place, "Texts/Subs/2_Spanish.srt", SRT)
    english, german, spanish, french = await listed(client, ids["Texts"])
    assert (english["language"], english["format"], english["origin"]) == (
        "en",
        "vtt",
        "embedded",
    )
    assert (german["title"], german["format"], german["forced"]) == ("Signs", "ass", True)
    assert (spanish["language"], spanish["origin"]) == ("es", "beside")
    assert (french["language"], french["sdh"], french["index"]) == ("fr", True, None)
    assert english["url"] == at(ids["Texts"], f"/{english['index']}.vtt")
    pgs, dvd = await listed(client, ids["Images"])
    assert (pgs["format"], pgs["text"], dvd["format"]) == ("pgs", False, "vobsub")


async def test_every_listed_address_answers_in_the_form_it_promises(
    client: httpx.AsyncClient, place: Path, ids: Ids
) -> None:
    lay(place, "Texts/Texts.ru.srt", SRT.replace(b"welcome", "Привет".encode("koi8_r")))
    lay(place, "Texts/Texts.en.sup", pgs_stream(((1, 2),)))
    starts = {"vtt": b"WEBVTT\n", "ass": b"[Script Info]", "pgs": b"PG", "vobsub": b"\0\0\1\xba"}
    for name in ids:
        for one in await listed(client, ids[name]):
            answer = await client.get(one["url"])
            assert answer.status_code == 200, answer.text
            assert answer.content.startswith(starts[one["format"]])
            assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
            if one["text"]:
                vtt = (await client.get(at(ids[name], f"/{one['id']}.vtt"))).text
                assert vtt.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:0")
                assert ("Привет" in vtt) == (one["language"] == "ru")


async def test_pinned_webvtt_is_served_by_the_streams_number(
    client: httpx.AsyncClient, ids: Ids
) -> None:
    index = (await listed(client, ids["Texts"]))[0]["index"]
    answer = await client.get(at(ids["Texts"], f"/{index}.vtt"))
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
    assert answer.text.endswith("00:00:20.000 --> 00:00:22.500\nÜnïcödé &amp; <b>tags</b>\n")


async def test_a_dvd_subtitle_comes_with_its_index(client: httpx.AsyncClient, ids: Ids) -> None:
    one = (await listed(client, ids["Images"]))[1]
    index = await client.get(one["url"].replace(".sub", ".idx"))
    assert "filepos: 000000000" in index.text


async def test_a_vobsub_pair_beside_the_film_is_served_as_it_is(
    client: httpx.AsyncClient, place: Path, ids: Ids
) -> None:
    lay(place, "Texts/Texts.de.sub", b"\0\0\1\xba" + bytes(99))
    lay(place, "Texts/Texts.de.idx", b"# VobSub index file, v7\n")
    one = (await listed(client, ids["Texts"]))[-1]
    assert (one["format"], one["language"]) == ("vobsub", "de")
    assert (await client.get(one["url"])).content == b"\0\0\1\xba" + bytes(99)
    index = await client.get(one["url"].replace(".sub", ".idx"))
    assert index.text == "# VobSub index file, v7\n"


async def test_the_fonts_of_a_film_are_listed_and_served(
    client: httpx.AsyncClient, ids: Ids
) -> None:
    (font,) = (await client.get(f"/api/files/{ids['Texts']}/fonts")).json()
    assert font["name"] == "sign.ttf"
    answer = await client.get(font["url"])
    assert answer.headers["content-type"] == "font/ttf"
    assert answer.content == b"\0\1\0\0" + bytes(60)
    assert (await client.get(font["url"] + "9")).status_code == 404
    assert (await client.get(f"/api/files/{ids['Images']}/fonts")).json() == []


async def test_a_film_in_another_storage_is_not_looked_for_on_the_disk(
    client: httpx.AsyncClient, runtime: Runtime, ids: Ids
) -> None:
    async with runtime.database.transaction() as session:
        row = await file_named(session, ids["Texts"])
        row.storage = "elsewhere"
    answer = await client.get(f"/api/files/{ids['Texts']}/fonts")
    assert (answer.status_code, answer.json()["code"]) == (503, "runtime.plugin_missing")


async def test_what_is_not_there_is_missing(client: httpx.AsyncClient, ids: Ids) -> None:
    of_file = ("99.vtt", "0.vtt", "xAAAAAAA.vtt", "2.sup", "2.ass", "..%2f2.vtt", "2.vtt.vtt", "2")
    paths = [at(ids["Texts"], f"/{name}") for name in of_file]
    for path in (*paths, at("AAAAAAA"), at("AAAAAAA", "/2.vtt"), "/api/files/AAAAAAA/fonts"):
        answer = await client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_upload_is_listed_shown_and_removed(
    client: httpx.AsyncClient, runtime: Runtime, ids: Ids
) -> None:
    answer = await sent(client, ids["Texts"], SRT, name="Texts.2001.de.forced.srt")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["language"], made["forced"], made["origin"]) == ("de", True, "uploaded")
    assert (await listed(client, ids["Texts"]))[-1] == made
    shown = await client.get(made["url"])
    assert "<i>Hello</i> &amp; welcome" in shown.text
    again = await sent(client, ids["Texts"], SRT, name="same.srt")
    assert again.json()["id"] == made["id"]
    kept = runtime.settings.core.data_dir / "subtitles"
    assert len(list(kept.iterdir())) == 1
    assert (await client.delete(at(ids["Texts"], f"/{made['id']}"))).status_code == 204
    assert list(kept.iterdir()) == []
    assert (await client.get(made["url"])).status_code == 404


async def test_what_is_said_of_an_upload_counts_more_than_its_name(
    client: httpx.AsyncClient, ids: Ids
) -> None:
    said = {"name": "x.de.forced.srt", "language": "pt_br", "forced": False, "title": "My\nown"}
    made = (await sent(client, ids["Texts"], SRT, **said)).json()
    assert (made["language"], made["forced"], made["title"]) == ("pt-BR", False, "My\nown")
    wrong = await sent(client, ids["Texts"], SRT, language="not a language")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "hls.language_unknown")


async def test_a_form_can_be_sent_too(client: httpx.AsyncClient, ids: Ids) -> None:
    form = {"file": ("Film.es.srt", SRT, "application/x-subrip")}
    answer = await client.post(at(ids["Texts"]), files=form)
    assert (answer.status_code, answer.json()["language"]) == (201, "es")
    without = await client.post(at(ids["Texts"]), files={"other": ("a", b"x")})
    assert without.status_code == 422


async def test_what_is_no_subtitle_is_refused_and_not_kept(
    client: httpx.AsyncClient, runtime: Runtime, ids: Ids
) -> None:
    zipped = b"PK\x03\x04" + bytes(999)
    for content in (b"", b"hello", zipped, b"\0" * 5000, b"<script>" * 99):
        answer = await sent(client, ids["Texts"], content, name="film.srt")
        assert answer.status_code == 422
        assert answer.json()["code"] in {"hls.subtitle_unreadable", "runtime.media_empty"}
    assert list((runtime.settings.core.data_dir / "subtitles").iterdir()) == []


async def test_an_upload_may_be_larger_than_other_requests_and_not_endless(
    client: httpx.AsyncClient, ids: Ids
) -> None:
    long = b"".join(SRT.replace(b"01,", b"%02d," % (n % 60)) for n in range(20_000))
    long = long[: MOST_BYTES // 8]
    assert len(long) > BODY_LIMIT
    assert (await sent(client, ids["Texts"], long, name="a.srt")).status_code == 201
    over = await sent(client, ids["Texts"], SRT + bytes(MOST_BYTES), name="b.srt")
    assert over.status_code == 422
    assert over.json()["code"] == "hls.subtitle_too_large"
    far_over = await sent(client, ids["Texts"], bytes(2 * MOST_BYTES), name="c.srt")
    assert far_over.status_code == 413


async def test_a_film_has_so_many_subtitles_and_no_more(
    client: httpx.AsyncClient, runtime: Runtime, ids: Ids
) -> None:
    for number in range(MOST_A_FILE):
        content = SRT.replace(b"Hello", b"Hello %d" % number)
        assert (await sent(client, ids["Texts"], content)).status_code == 201
    answer = await sent(client, ids["Texts"], SRT)
    assert (answer.status_code, answer.json()["code"]) == (429, "hls.too_many_subtitles")
    kept = list((runtime.settings.core.data_dir / "subtitles").iterdir())
    assert len(kept) == MOST_A_FILE  # what was refused does not fill the disk


async def test_only_who_sent_it_or_an_editor_removes_a_subtitle(
    app: Any, client: httpx.AsyncClient, runtime: Runtime, place: Path, ids: Ids
) -> None:
    one = await member(app, runtime, "one", Role.free)
    two = await member(app, runtime, "two", Role.free)
    made = (await sent(one, ids["Texts"], SRT)).json()
    gone = at(ids["Texts"], f"/{made['id']}")
    refused = await two.delete(gone)
    assert (refused.status_code, refused.json()["code"]) == (403, "hls.subtitle_not_yours")
    assert (await one.delete(gone)).status_code == 204
    again = (await sent(one, ids["Texts"], SRT)).json()
    assert (await client.delete(at(ids["Texts"], f"/{again['id']}"))).status_code == 204
    fixed = await client.delete(at(ids["Texts"], "/e2"))
    assert (fixed.status_code, fixed.json()["code"]) == (409, "hls.subtitle_fixed")
    lay(place, "Texts/Texts.fr.srt", SRT)
    beside = (await listed(client, ids["Texts"]))[-1]
    assert (await client.delete(at(ids["Texts"], f"/{beside['id']}"))).status_code == 404
    for other in (one, two):
        await other.aclose()


async def test_guests_may_read_and_not_give(
    app: Any, anonymous: httpx.AsyncClient, runtime: Runtime, ids: Ids
) -> None:
    assert (await anonymous.get(at(ids["Texts"]))).status_code == 401
    guest = await member(app, runtime, "guest", Role.guest)
    assert (await guest.get(at(ids["Texts"]))).status_code == 200
    assert (await guest.get(at(ids["Texts"], "/2.vtt"))).status_code == 200
    assert (await sent(guest, ids["Texts"], SRT)).status_code == 403
    await guest.aclose()


async def test_a_link_out_of_the_library_is_not_followed(
    client: httpx.AsyncClient, place: Path, ids: Ids, tmp_path: Path
) -> None:
    (tmp_path / "secret.srt").write_bytes(SRT)
    (tmp_path / "secret.sup").write_bytes(pgs_stream(((1, 2),)))
    folder = place / "Texts"
    (folder / "Texts.de.srt").symlink_to(tmp_path / "secret.srt")
    (folder / "Texts.fr.sup").symlink_to(tmp_path / "secret.sup")
    os.mkfifo(folder / "Texts.it.srt")
    beside = [one for one in await listed(client, ids["Texts"]) if one["origin"] == "beside"]
    assert len(beside) == 3
    for one in beside:
        assert (await client.get(one["url"])).status_code in {403, 404, 422}


async def test_a_file_that_was_replaced_is_told_apart(
    client: httpx.AsyncClient, place: Path, ids: Ids
) -> None:
    lay(place, "Texts/Texts.mkv", film().read_bytes())
    answer = await client.get(at(ids["Texts"], "/2.vtt"))
    assert (answer.status_code, answer.json()["code"]) == (404, "hls.file_changed")


async def test_a_spoiled_or_swept_cache_is_made_anew(
    client: httpx.AsyncClient, runtime: Runtime, ids: Ids
) -> None:
    first = (await client.get(at(ids["Texts"], "/2.vtt"))).text
    place = runtime.settings.core.data_dir / "cache" / "subtitles"
    (entry,) = place.iterdir()
    (entry / "entry.json").write_text("spoiled")
    assert (await client.get(at(ids["Texts"], "/2.vtt"))).text == first
    pool = runtime.part(SubtitleStore).pool
    store = SubtitleStore(place, pool, pool, max_bytes=0)
    store.sweep()
    assert list(place.iterdir()) == []
    assert (await client.get(at(ids["Texts"], "/2.vtt"))).text == first


async def test_a_player_of_hls_gets_subtitles_in_its_own_time(
    client: httpx.AsyncClient, runtime: Runtime, place: Path
) -> None:
    late = ffmpeg_made("late_picture.mkv", "-itsoffset", "0.5", "-i", str(fixture_file("h264_mkv")),
                       "-i", str(fixture_file("text_subs_mkv")), "-map", "0:v", "-map", "1:s",
                       "-map", "1:a", "-c", "copy")  # fmt: skip
    lay(place, "Late/Late.mkv", late.read_bytes())
    async with runtime.database.transaction() as session:
        await ensure_roots(session, [os.fsencode(place)], clock=runtime.clock)
    file_id = await known(runtime, place / "Late" / "Late.mkv")
    own = (await client.get(at(file_id, "/1.vtt"))).text
    playlists = (await client.get(at(file_id, "/1.vtt"), params={"timeline": "hls"})).text
    styled = (await client.get(at(file_id, "/2.ass"), params={"timeline": "hls"})).text
    assert "00:00:01.000 --> 00:00:03.000" in own
    assert "00:00:00.500 --> 00:00:02.500" in playlists
    assert "Dialogue: 0,0:00:00.50,0:00:02.50,Default" in styled
    assert (await client.get(at(file_id, "/1.vtt?timeline=x"))).status_code == 422
