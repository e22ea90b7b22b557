"""What nginx keeps of files far away: fetched once, of one version, gone when it has to go."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from shadow.plugins.storage_s3.settings import S3Settings
from tests.gateway.conftest import MIB, PASSWORD, content, put_object
from tests.support.gateway import Site, ask, command, link, until


@pytest.fixture
def cold(site: Site) -> None:
    """Begin with nothing kept."""
    for name in ("s3-film.mkv", "s3-doomed.mkv"):
        purge(site, site.files[name])


def purge(site: Site, file_id: str) -> dict[str, int]:
    done = command(site.env, "purge", file_id, "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, int] = json.loads(done.stdout)
    return told


@pytest.mark.usefixtures("cold")
def test_the_second_download_comes_from_the_cache(site: Site) -> None:
    before = site.sent()
    assert site.get("s3-film.mkv").body == site.contents["s3-film.mkv"]
    once = site.sent()
    assert once - before == len(site.contents["s3-film.mkv"])
    again = site.get("s3-film.mkv")
    assert again.body == site.contents["s3-film.mkv"]
    part = site.get("s3-film.mkv", Range=f"bytes={MIB - 7}-{2 * MIB + 9}")
    assert part.body == site.contents["s3-film.mkv"][MIB - 7 : 2 * MIB + 10]
    assert part.headers["x-shadow-cache"] == "HIT"
    assert site.sent() == once


@pytest.mark.usefixtures("cold")
def test_many_who_come_at_once_cost_one_fetch(site: Site) -> None:
    before = site.sent()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: site.get("s3-film.mkv").body, range(12)))
    assert answers == [site.contents["s3-film.mkv"]] * 12
    assert site.sent() - before == len(site.contents["s3-film.mkv"])


def test_a_file_of_this_machine_is_sent_by_nginx_itself_and_not_kept(site: Site) -> None:
    before, kept = site.sent(), site.kept()
    assert site.get("film.mkv").body == site.contents["film.mkv"]
    assert (site.sent(), site.kept()) == (before, kept)


@pytest.mark.usefixtures("cold")
def test_a_small_range_fetches_one_slice(site: Site) -> None:
    before = site.sent()
    answer = site.get("s3-film.mkv", Range=f"bytes={2 * MIB + 5}-{2 * MIB + 6}")
    assert answer.body == site.contents["s3-film.mkv"][2 * MIB + 5 : 2 * MIB + 7]
    assert site.sent() - before == MIB


@pytest.mark.usefixtures("cold")
def test_purging_removes_one_file_and_leaves_others(site: Site) -> None:
    for name in ("s3-film.mkv", "s3-doomed.mkv"):
        site.get(name)
    kept = site.kept()
    size = len(site.contents["s3-doomed.mkv"])
    told = purge(site, site.files["s3-doomed.mkv"])
    assert told["files"] == 3
    assert size < told["bytes"] < size + 3 * 4096
    assert site.kept() == kept - 3
    before = site.sent()
    assert site.get("s3-film.mkv").headers["x-shadow-cache"] == "HIT"
    assert site.sent() == before
    assert site.get("s3-doomed.mkv").body == site.contents["s3-doomed.mkv"]
    assert site.sent() - before == size


@pytest.mark.usefixtures("cold")
def test_what_is_taken_out_is_gone_at_once_and_its_slices_too(site: Site) -> None:
    url = link(site.files["s3-doomed.mkv"])
    assert ask(site.port, url).body == site.contents["s3-doomed.mkv"]
    kept = site.kept()
    signed_in = sign_in(site)
    address = f"/api/files/{site.files['s3-doomed.mkv']}"
    assert ask(site.port, address, "DELETE", **signed_in).status == 204
    try:
        gone = ask(site.port, url)
        assert (gone.status, json.loads(gone.body)["code"]) == (404, "streaming.file_missing")
        assert ask(site.port, url, Range="bytes=0-9").status == 404
        until(lambda: site.kept() == kept - 3)
    finally:
        assert ask(site.port, f"{address}/restore", "POST", **signed_in).status == 204
    assert ask(site.port, url).body == site.contents["s3-doomed.mkv"]


def test_a_local_file_that_is_taken_out_is_gone_at_once(site: Site) -> None:
    signed_in = sign_in(site)
    address = f"/api/files/{site.files['film.mkv']}"
    assert site.get("film.mkv").status == 200
    assert ask(site.port, address, "DELETE", **signed_in).status == 204
    try:
        assert site.get("film.mkv").status == 404
    finally:
        assert ask(site.port, f"{address}/restore", "POST", **signed_in).status == 204
    assert site.get("film.mkv").status == 200


@pytest.mark.usefixtures("cold")
def test_an_object_replaced_behind_our_back_is_never_mixed_with_the_old_one(
    site: Site, bucket: S3Settings
) -> None:
    name = "s3-doomed.mkv"
    old, new = site.contents[name], content("another one", len(site.contents[name]))
    assert site.get(name, Range=f"bytes=0-{MIB - 1}").body == old[:MIB]
    put_object(bucket, name, new)
    late = time.monotonic() + 60
    try:
        seen = [site.get(name).body]
        while seen[-1] != new:  # each process may know the old one for a second
            seen.append(site.get(name).body)
            assert time.monotonic() < late, "the new one never came"
    finally:
        put_object(bucket, name, old)
    mixed = [body for body in seen if not (old.startswith(body) or new.startswith(body))]
    assert mixed == []
    until(lambda: site.get(name).body == old)


def sign_in(site: Site) -> dict[str, str]:
    """Sign in through nginx; return the headers of somebody who may take files out."""
    body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    answer = ask(
        site.port, "/api/auth/login", "POST", body,
        Content_Type="application/json", X_Shadow_CSRF="1",
    )  # fmt: skip
    assert answer.status == 200, answer.body
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0], "X-Shadow-CSRF": "1"}
