"""Signed links through nginx, and what nobody reaches from outside."""

import asyncio
import os

import pytest

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.job_engine import Role
from shadow.runtime.settings import Settings
from shadow.runtime.web import SECURITY_HEADERS
from shadow.streaming.gateway.answering import internal_answer
from shadow.streaming.service import gateway_secrets, locate_file
from tests.gateway.conftest import FAR, LOCAL, ODD
from tests.support.gateway import Answer, Site, ask, link, running_gateway

NAMES = [*(name for name, size in LOCAL.items() if size), *FAR]


@pytest.mark.parametrize("name", NAMES)
def test_a_signed_link_plays_byte_exact(site: Site, name: str) -> None:
    answer = site.get(name)
    assert answer.status == 200
    assert answer.body == site.contents[name]
    direct = site.directly(name)
    assert direct.body == answer.body
    for field in ("etag", "last-modified", "content-type", "content-disposition", "cache-control"):
        assert answer.headers[field] == direct.headers[field], field


def test_an_altered_link_is_refused_as_the_server_refuses_it(site: Site) -> None:
    for spoiled in (
        link(site.files["film.mkv"]).replace("expires=4", "expires=5"),
        link(site.files["film.mkv"]).replace("md5=", "md5=x"),
        link(site.files["film.mkv"], secret="other"),
        link(site.files["film.mkv"]).replace(site.files["film.mkv"], site.files[ODD]),
        link(site.files["film.mkv"], secret="other", expires=1),
        f"/stream/{site.files['film.mkv']}?md5=&expires=",
        f"/stream/{site.files['film.mkv']}?expires=1",
    ):
        same(ask(site.port, spoiled), ask(site.stream_port, spoiled), 403)


def test_an_expired_link_is_gone_as_the_server_says(site: Site) -> None:
    late = link(site.files["film.mkv"], expires=1)
    same(ask(site.port, late), ask(site.stream_port, late), 410)


def same(through: Answer, direct: Answer, status: int) -> None:
    assert (through.status, direct.status) == (status, status)
    assert through.body == direct.body
    assert through.headers["content-type"] == "application/problem+json"
    assert through.doubled() == []
    for name, value in SECURITY_HEADERS.items():
        assert through.headers[name.lower()] == value


def test_without_a_link_it_is_the_server_that_asks_who_comes(site: Site) -> None:
    for name in ("film.mkv", "s3-film.mkv"):
        answer = ask(site.port, f"/stream/{site.files[name]}")
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("name", ["film.mkv", "s3-film.mkv"])
def test_headers_come_once_and_tell_nothing_of_the_inside(site: Site, name: str) -> None:
    for headers in ({}, {"Range": "bytes=5-9"}, {"Range": "bytes=5-9,20-30"}):
        answer = site.get(name, **headers)
        assert answer.status in (200, 206)
        assert answer.doubled() == []
        assert [key for key in answer.headers if "accel" in key or key == "x-shadow-gateway"] == []
        for key, value in SECURITY_HEADERS.items():
            assert answer.headers[key.lower()] == value
        assert answer.headers["x-request-id"]
        assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("value", ["", "yes", "0" * 64, "\xff\xfe"])
def test_nobody_but_the_gateway_is_told_where_files_are(site: Site, value: str) -> None:
    for port in (site.app_port, site.stream_port, site.port):
        for name in ("film.mkv", "s3-film.mkv"):
            url = link(site.files[name])
            answer = ask(port, url, Range="bytes=0-9", X_Shadow_Gateway=value)
            assert answer.body == site.contents[name][:10]
            assert "x-accel-redirect" not in answer.headers
            refused = ask(port, f"/stream/{site.files[name]}", X_Shadow_Gateway=value)
            assert refused.status == 401


def test_a_stolen_secret_is_worth_nothing_through_nginx(site: Site) -> None:
    key = (site.folder / "data" / "secret.key").read_bytes()
    name, asks, fetches = gateway_secrets(key)
    for secret in (asks, fetches):
        for url in (f"/stream/{site.files['film.mkv']}", "/api/users"):
            assert ask(site.port, url, **{name: secret}).status == 401
    told = ask(site.app_port, link(site.files["film.mkv"]), **{name: asks})
    assert told.headers["x-accel-redirect"].startswith("/internal/files/")
    assert told.body == b""


@pytest.mark.parametrize(
    "path",
    [
        "/internal", "/internal/", "/internal/slices", "/internal/engine", "/internal/files/",
        "/internal/files/etc/passwd", "//internal/slices", "/%69nternal/slices",
        "/stream/../internal/slices", "/stream/..%2finternal/slices",
        "/./internal/files/etc/passwd", "/internal/slices?md5=x", "/INTERNAL/../internal/engine",
    ],
)  # fmt: skip
def test_internal_addresses_are_not_there_from_outside(site: Site, path: str) -> None:
    for asked in (path, f"{path}?{link(site.files['film.mkv']).partition('?')[2]}"):
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            answer = ask(site.port, asked, method, X_Accel_Redirect="/internal/engine")
            assert answer.status == 404, (asked, method)
            assert b"root:" not in answer.body


def test_metrics_are_not_told_to_everybody(site: Site) -> None:
    assert ask(site.port, "/metrics").status == 404
    assert ask(site.stream_port, "/metrics").status == 200


def test_a_link_that_leads_out_of_the_library_is_refused(site: Site) -> None:
    answer = site.get("leads out.mkv")
    assert (answer.status, answer.body) == (
        site.directly("leads out.mkv").status, site.directly("leads out.mkv").body,
    )  # fmt: skip
    assert answer.status in (403, 404)
    assert b"nobody may have this" not in answer.body


@pytest.mark.skipif(os.geteuid() != 0, reason="nginx can take another account as root only")
def test_a_file_that_nginx_may_not_open_comes_from_the_engine(site: Site) -> None:
    env = {**site.env, "SHADOW_GATEWAY__CACHE_DIR": str(site.folder / "other-cache")}
    with running_gateway(site.folder / "nobody", env, user="www-data") as port:
        for name in ("film.mkv", ODD):
            answer = ask(port, link(site.files[name]), Range="bytes=5-4000")
            direct = site.directly(name, Range="bytes=5-4000")
            assert (answer.status, answer.body) == (206, direct.body)
            assert answer.headers["content-range"] == direct.headers["content-range"]
            assert answer.headers["etag"] == direct.headers["etag"]
            assert answer.doubled() == []


def test_nginx_elsewhere_has_local_files_from_the_engine(site: Site) -> None:
    key = (site.folder / "data" / "secret.key").read_bytes()
    name, asks, _ = gateway_secrets(key)
    told = ask(site.app_port, link(site.files["film.mkv"]), **{name: asks})
    assert told.headers["x-accel-redirect"].startswith("/internal/files/")
    chosen = read_settings({"data_dir": site.folder / "data", "gateway": {"local_files": False}})
    assert asyncio.run(address_of(chosen, site.files["film.mkv"])) == "/internal/engine"


async def address_of(settings: Settings, file_id: str) -> str:
    """Return where nginx would be sent for a file."""
    async with open_runtime(settings, role=Role.looks) as runtime:
        async with runtime.database.session() as session:
            file = await locate_file(session, file_id=file_id)
        return (await internal_answer(runtime, file, "GET", {}))["X-Accel-Redirect"]
