"""Users: roles, the last admin, bans, passwords and names."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from shadow.accounts import service
from shadow.accounts.errors import LastAdmin, NameInvalid, NameTaken, PasswordInvalid
from shadow.accounts.events import AccessEnded
from shadow.accounts.models import ApiToken, OneTimeLink, SignInSession, User
from shadow.accounts.names import clean_name, name_key
from shadow.runtime.access import Role
from tests.accounts.conftest import PASSWORD, Site, code_of

USERS = "/api/users"
NEW_PASSWORD = "a better password"


async def can_log_in(site: Site, name: str, password: str) -> bool:
    answer = await site.browser().post(
        "/api/auth/login", json={"username": name, "password": password}
    )
    return answer.status_code == 200


class TestAdministration:
    async def test_an_admin_makes_lists_changes_and_deletes_users(self, site: Site) -> None:
        await site.user("root", role="admin")
        admin = await site.signed_in("root")
        made = await admin.post(
            USERS, json={"username": "Ada", "password": PASSWORD, "role": "premium"}
        )
        assert (made.status_code, made.json()["role"]) == (201, "premium")
        path = f"{USERS}/{made.json()['id']}"
        changed = await admin.patch(path, json={"role": "moderator", "password": NEW_PASSWORD})
        assert changed.json()["role"] == "moderator"
        assert await can_log_in(site, "ada", NEW_PASSWORD)
        listed = (await admin.get(USERS)).json()["items"]
        assert [item["username"] for item in listed] == ["Ada", "root"]
        assert "hash" not in str(listed)
        assert (await admin.delete(path)).status_code == 204
        assert not await can_log_in(site, "ada", NEW_PASSWORD)

    @pytest.mark.parametrize("role", ["guest", "free", "premium", "moderator"])
    async def test_nobody_but_an_admin_touches_users(self, site: Site, role: str) -> None:
        root = await site.user("root", role="admin")
        await site.user("eve", role=role)
        eve = await site.signed_in("eve")
        answers = [
            await eve.get(USERS),
            await eve.post(USERS, json={"username": "x", "password": PASSWORD, "role": "admin"}),
            await eve.patch(f"{USERS}/{root.id}", json={"role": "banned"}),
            await eve.delete(f"{USERS}/{root.id}"),
            await eve.delete(f"{USERS}/999999"),
        ]
        assert {(answer.status_code, code_of(answer)) for answer in answers} == {
            (403, "accounts.denied")
        }

    async def test_without_credentials_every_route_but_the_public_ones_says_401(
        self, site: Site
    ) -> None:
        public = {"welcome", "link", "claim", "login", "guest", "logout"}
        asked = set()
        for path, methods in site.app.openapi()["paths"].items():
            if path.rsplit("/", 1)[1] in public:
                continue
            for method in methods:
                answer = await site.browser().request(
                    method, path.replace("{", "").replace("}", "")
                )
                asked.add((method, path, answer.status_code))
        assert len(asked) == 12
        assert {status for *_, status in asked} == {401}

    async def test_users_that_do_not_exist_are_missing(self, site: Site) -> None:
        await site.user("root", role="admin")
        admin = await site.signed_in("root")
        for answer in (
            await admin.patch(f"{USERS}/999999", json={"role": "free"}),
            await admin.delete(f"{USERS}/999999"),
        ):
            assert (answer.status_code, code_of(answer)) == (404, "accounts.user_missing")

    async def test_a_user_that_cannot_be_is_refused(self, site: Site) -> None:
        await site.user("root", role="admin")
        admin = await site.signed_in("root")
        wanted: list[dict[str, Any]] = [
            {"username": "", "password": PASSWORD},
            {"username": "a b", "password": PASSWORD},
            {"username": "<b>", "password": PASSWORD},
            {"username": "a" * 65, "password": PASSWORD},
            {"username": "ada", "password": ""},
            {"username": "ada", "password": "1234567"},
            {"username": "ada", "password": "x" * 1025},
            {"username": "ada", "password": PASSWORD, "role": "root"},
            {"username": "ada", "password": PASSWORD, "role": None},
            {"username": "ada"},
        ]
        for each in wanted:
            answer = await admin.post(USERS, json=each)
            assert answer.status_code == 422
            assert code_of(answer) in ("accounts.name_invalid", "runtime.request_invalid")

    async def test_an_edit_changes_what_it_names_and_nothing_else(self, site: Site) -> None:
        await site.user("root", role="admin")
        user = await site.user("ada", role="premium")
        admin = await site.signed_in("root")
        answer = await admin.patch(
            f"{USERS}/{user.id}", json={"id": 77, "username": "eve", "name_key": "x"}
        )
        assert answer.json()["id"] == user.id
        assert (answer.json()["username"], answer.json()["role"]) == ("ada", "premium")
        assert await can_log_in(site, "ada", PASSWORD)


class TestTheLastAdmin:
    async def test_cannot_be_given_another_role(self, site: Site) -> None:
        root = await site.user("root", role="admin")
        admin = await site.signed_in("root")
        for role in ("guest", "free", "premium", "moderator", "banned"):
            answer = await admin.patch(f"{USERS}/{root.id}", json={"role": role})
            assert (answer.status_code, code_of(answer)) == (409, "accounts.last_admin")
        assert (await admin.get(USERS)).status_code == 200

    async def test_cannot_be_deleted(self, site: Site) -> None:
        root = await site.user("root", role="admin")
        admin = await site.signed_in("root")
        answer = await admin.delete(f"{USERS}/{root.id}")
        assert (answer.status_code, code_of(answer)) == (409, "accounts.last_admin")

    async def test_may_go_once_there_is_another(self, site: Site) -> None:
        root = await site.user("root", role="admin")
        await site.user("second", role="admin")
        admin = await site.signed_in("root")
        assert (await admin.patch(f"{USERS}/{root.id}", json={"role": "free"})).status_code == 200
        assert (await admin.get(USERS)).status_code == 403

    async def test_waits_for_what_another_admin_has_not_finished(self, site: Site) -> None:
        one, other = [await site.user(name, role="admin") for name in ("one", "other")]

        async def delete_other() -> None:
            async with site.database.transaction() as session:
                await service.delete_user(session, user_id=other.id)

        async with site.database.transaction() as session:
            await service.delete_user(session, user_id=one.id)
            second = asyncio.create_task(delete_other())
            done, _ = await asyncio.wait({second}, timeout=0.3)
            assert not done
        with pytest.raises(LastAdmin):
            await second

    async def test_stays_when_all_admins_remove_each_other_at_once(self, site: Site) -> None:
        users = [await site.user(f"admin{n}", role="admin") for n in range(4)]
        admins = [await site.signed_in(user.name) for user in users]
        await asyncio.gather(
            *(
                admin.patch(f"{USERS}/{other.id}", json={"role": "banned"})
                if (number + offset) % 2
                else admin.delete(f"{USERS}/{other.id}")
                for number, admin in enumerate(admins)
                for offset, other in enumerate(users)
            )
        )
        async with site.database.session() as session:
            left = (await session.scalars(select(User).where(User.role_name == "admin"))).all()
        assert len(left) == 1


class TestBans:
    async def test_a_banned_user_is_out_at_once_whatever_they_hold(self, site: Site) -> None:
        await site.user("root", role="admin")
        user = await site.user("eve")
        admin, eve = await site.signed_in("root"), await site.signed_in("eve")
        token = await site.token(user)
        link = (await admin.post(f"{USERS}/{user.id}/login-link")).json()["token"]
        await admin.patch(f"{USERS}/{user.id}", json={"role": "banned"})
        headers = {"authorization": f"Bearer {token}"}
        statuses = [
            (await eve.get("/api/auth/me")).status_code,
            (await site.browser().get("/api/auth/me", headers=headers)).status_code,
            (await site.browser().post("/api/auth/claim", json={"token": link})).status_code,
        ]
        assert statuses == [401, 401, 404]
        assert not await can_log_in(site, "eve", PASSWORD)

    async def test_a_ban_written_by_someone_else_shuts_out_live_sessions_too(
        self, site: Site
    ) -> None:
        user = await site.user("eve")
        eve = await site.signed_in("eve")
        async with site.database.transaction() as session:
            (await session.get_one(User, user.id)).role_name = "banned"
        assert (await eve.get("/api/auth/me")).status_code == 401

    async def test_an_end_of_the_ban_needs_a_new_sign_in(self, site: Site) -> None:
        await site.user("root", role="admin")
        user = await site.user("eve")
        admin, eve = await site.signed_in("root"), await site.signed_in("eve")
        for role in ("banned", "free"):
            await admin.patch(f"{USERS}/{user.id}", json={"role": role})
        assert (await eve.get("/api/auth/me")).status_code == 401
        assert await can_log_in(site, "eve", PASSWORD)

    async def test_bans_and_deletions_are_told_after_the_commit(self, site: Site) -> None:
        await site.user("root", role="admin")
        users = [await site.user(name) for name in ("ada", "eve")]
        admin = await site.signed_in("root")
        await admin.patch(f"{USERS}/{users[0].id}", json={"role": "premium"})
        assert site.told == []
        await admin.patch(f"{USERS}/{users[0].id}", json={"role": "banned"})
        await admin.delete(f"{USERS}/{users[1].id}")
        assert site.told == [AccessEnded(users[0].id), AccessEnded(users[1].id)]

    async def test_a_deleted_user_leaves_no_credential_behind(self, site: Site) -> None:
        await site.user("root", role="admin")
        user = await site.user("eve")
        admin, _ = await site.signed_in("root"), await site.signed_in("eve")
        await site.token(user)
        await admin.post(f"{USERS}/{user.id}/login-link")
        await admin.delete(f"{USERS}/{user.id}")
        async with site.database.session() as session:
            for table in (SignInSession, ApiToken, OneTimeLink):
                rows = await session.scalars(select(table).where(table.user_id == user.id))
                assert rows.all() == []


class TestPasswords:
    async def test_a_change_signs_other_browsers_out_and_kills_login_links(
        self, site: Site
    ) -> None:
        await site.user("root", role="admin")
        user = await site.user("ada")
        laptop, phone = await site.signed_in("ada"), await site.signed_in("ada")
        bystander = await site.signed_in("root")
        link = (await bystander.post(f"{USERS}/{user.id}/login-link")).json()["token"]
        change = {"current": PASSWORD, "new": NEW_PASSWORD}
        assert (await laptop.put("/api/auth/password", json=change)).status_code == 204
        assert (await laptop.get("/api/auth/me")).status_code == 200
        assert (await phone.get("/api/auth/me")).status_code == 401
        assert (await bystander.get("/api/auth/me")).status_code == 200
        claimed = await site.browser().post("/api/auth/claim", json={"token": link})
        assert claimed.status_code == 404
        assert not await can_log_in(site, "ada", PASSWORD)
        assert await can_log_in(site, "ada", NEW_PASSWORD)

    async def test_a_change_needs_the_present_password(self, site: Site) -> None:
        await site.user("ada")
        browser = await site.signed_in("ada")
        for current in ("", "wrong", PASSWORD + " "):
            answer = await browser.put(
                "/api/auth/password", json={"current": current, "new": NEW_PASSWORD}
            )
            assert (answer.status_code, code_of(answer)) == (403, "accounts.wrong_password")
        assert await can_log_in(site, "ada", PASSWORD)

    async def test_an_admins_reset_signs_the_user_out_everywhere(self, site: Site) -> None:
        await site.user("root", role="admin")
        user = await site.user("ada")
        admin, ada = await site.signed_in("root"), await site.signed_in("ada")
        await admin.patch(f"{USERS}/{user.id}", json={"password": NEW_PASSWORD})
        assert (await ada.get("/api/auth/me")).status_code == 401
        assert await can_log_in(site, "ada", NEW_PASSWORD)

    async def test_an_admins_own_password_is_not_reset_without_the_present_one(
        self, site: Site
    ) -> None:
        root = await site.user("root", role="admin")
        admin = await site.signed_in("root")
        answer = await admin.patch(f"{USERS}/{root.id}", json={"password": NEW_PASSWORD})
        assert (answer.status_code, code_of(answer)) == (403, "accounts.own_password")
        assert await can_log_in(site, "root", PASSWORD)

    async def test_the_command_line_refuses_what_the_web_refuses(self, site: Site) -> None:
        async with site.database.transaction() as session:
            for password in ("", "1234567", "x" * 1025):
                with pytest.raises(PasswordInvalid):
                    await service.create_user(
                        session, name="ada", password=password, role=Role.free
                    )


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["ada", "Ada.Lovelace", "a@b.example", "Žofie", "さくら", "हिन्दी", "x-1_2+3", "a" * 64],
    )
    def test_names_of_all_scripts_are_allowed(self, name: str) -> None:
        assert clean_name(name) == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            " ",
            "a b",
            "a\tb",
            "a\nb",
            "a\x00b",
            "a/b",
            "../a",
            "<i>",
            "a\u200bb",  # zero-width space
            "a\u202eb",  # right-to-left override
            "bo\u034fb",  # combining grapheme joiner
            "bob\ufe0f",  # variation selector
            "bob\u3164",  # Hangul filler
            "\ufdfa",  # a ligature that NFKC spells with spaces
            "a" * 65,
            "\ud800",
        ],
    )
    def test_names_with_anything_unseen_or_with_signs_of_markup_are_not(self, name: str) -> None:
        with pytest.raises(NameInvalid):
            clean_name(name)
        assert name_key(name) is None

    async def test_two_names_that_read_the_same_are_one(self, site: Site) -> None:
        await site.user("Ada")
        for other in ("ADA", "ada", "Ａda", "ᵃda"):
            with pytest.raises(NameTaken):
                await site.user(other)

    async def test_of_two_users_of_one_name_made_at_once_one_is_refused(self, site: Site) -> None:
        made = await asyncio.gather(
            *(site.user(name) for name in ("straße", "STRASSE", "Strasse")),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in made) == ["NameTaken", "NameTaken", "User"]
