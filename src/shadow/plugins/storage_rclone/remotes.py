"""The remotes an admin sets up: what is allowed, and what of them is told."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from shadow.plugins.storage_rclone.daemon import RcloneDaemon, RcloneError
from shadow.plugins.storage_rclone.places import NAME, REMOTE
from shadow.plugins.storage_rclone.settings import RcloneSettings
from shadow.storage.errors import (
    RemoteInUse,
    RemoteMissing,
    RemoteRefused,
    RemoteTaken,
    StorageUnavailable,
)
from shadow.storage.ports import Remote, RemoteState

TEST_SECONDS: Final = 30.0
MOST_QUESTIONS: Final = 8
_OPTION: Final = re.compile(r"[a-z0-9_]{1,64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_RUNS_PROGRAMS: Final = re.compile(r"command|^ssh$|^exec|^program")
"""Options by which rclone starts programs. An admin of the library is no admin of the machine."""
_LOCAL_KINDS: Final = frozenset({"local", "alias", "cache", "chunker", "combine", "compress"}) | {
    "crypt", "hasher", "union",
}  # fmt: skip
"""Kinds that lead to a path or to another remote, which an option names."""
_ASKS_A_BROWSER: Final = frozenset({"config_is_local", "config_token", "config_verification_code"})


class RemoteConfiguration:
    """The sections of `rclone.conf`, by way of the daemon, which keeps the file."""

    def __init__(self, daemon: RcloneDaemon, settings: RcloneSettings) -> None:
        """Take the daemon and the settings."""
        self._daemon = daemon
        self._settings = settings

    async def list(self) -> Sequence[Remote]:
        """Return the remotes by name."""
        sections = await self._call("config/dump")
        return [_told(name, section) for name, section in sorted(sections.items())]

    async def create(self, name: str, kind: str, options: Mapping[str, str]) -> Remote:
        """Set up a remote; see `Remotes.create_remote`."""
        if not NAME.fullmatch(name):
            raise RemoteRefused("A remote's name is letters, digits, `_`, `.` and `-`.")
        if name in await self._call("config/dump"):
            raise RemoteTaken(f"There is a remote “{name}” already. Delete it first.")
        provider = await self._provider(kind)
        self._refuse(provider, options)
        try:
            answer = await self._call(
                "config/create", name=name, type=provider["Name"], parameters=dict(options),
                opt={"nonInteractive": True, "obscure": True},
            )  # fmt: skip
            await self._answer_questions(name, answer)
        except BaseException:
            await self._call("config/delete", name=name)
            raise
        return _told(name, await self._call("config/get", name=name))

    async def delete(self, name: str) -> None:
        """Forget a remote; see `Remotes.delete_remote`."""
        if self._settings.remote.partition(":")[0] == name:
            raise RemoteInUse("New files go to this remote. Change SHADOW_RCLONE__REMOTE first.")
        if name in await self._call("config/dump"):
            await self._call("config/delete", name=name)

    async def test(self, name: str) -> RemoteState:
        """Try a remote; see `Remotes.test_remote`."""
        section = (await self._call("config/dump")).get(name)
        if section is None:
            raise RemoteMissing(f"There is no remote “{name}”.")
        try:
            listed = await self._daemon.call(
                "operations/list",
                seconds=TEST_SECONDS,
                fs=f"{name}:",
                remote="",
                opt={"noModTime": True, "noMimeType": True},
            )
        except RcloneError as error:
            return RemoteState(ok=False, detail=_without_secrets(str(error), section))
        except StorageUnavailable:
            return RemoteState(ok=False, detail=f"It did not answer within {TEST_SECONDS:.0f} s.")
        return RemoteState(
            ok=True, detail=f"It answers, with {len(listed['list'])} files and folders."
        )

    async def _provider(self, kind: str) -> Any:
        providers = (await self._call("config/providers"))["providers"]
        for provider in providers:
            if kind in (provider["Name"], provider["Prefix"]):
                return provider
        raise RemoteRefused("rclone knows no such kind of remote.")

    def _refuse(self, provider: Any, options: Mapping[str, str]) -> None:
        """Raise `RemoteRefused` for what is unknown, or leads where it must not."""
        known = {option["Name"] for option in provider["Options"]}
        for option, value in options.items():
            if option not in known or not _OPTION.fullmatch(option):
                raise RemoteRefused(f"“{option[:64]}” is no option of this kind of remote.")
            if _RUNS_PROGRAMS.search(option):
                raise RemoteRefused(f"“{option}” starts programs, which is not allowed.")
            if _CONTROL.search(value):
                raise RemoteRefused(f"The value of “{option}” holds control characters.")
        if provider["Name"] not in _LOCAL_KINDS:
            return
        if provider["Name"] == "local" and not self._settings.allow_local:
            raise RemoteRefused(_NOT_LOCAL)
        for option in ("remote", "upstreams"):
            for word in options.get(option, "").split():
                named = provider["Name"] == "combine"  # its upstreams are `folder=remote:path`
                self._refuse_path(word.partition("=")[2] if named else word)

    def _refuse_path(self, path: str) -> None:
        if "," in path or '"' in path or ".." in path.split("/"):
            raise RemoteRefused("It leads to what must not be named like that.")
        if not REMOTE.match(path) and not (self._settings.allow_local and path.startswith("/")):
            raise RemoteRefused(_NOT_LOCAL)

    async def _answer_questions(self, name: str, answer: Any) -> None:
        """Answer what rclone asks with its own defaults, as long as that leads anywhere."""
        for _ in range(MOST_QUESTIONS):
            question = answer.get("Option")
            if not answer.get("State") or question is None:
                return
            if question["Name"] in _ASKS_A_BROWSER:
                raise RemoteRefused(
                    "This service wants you to sign in with a browser. Run `rclone authorize` "
                    "with its kind on your own computer, and give what it prints as the option "
                    "“token”."
                )
            answer = await self._call(
                "config/update", name=name, parameters={},
                opt={
                    "nonInteractive": True, "continue": True, "state": answer["State"],
                    "result": str(question.get("DefaultStr") or ""),
                },
            )  # fmt: skip
        raise RemoteRefused("rclone asks for more than can be answered here.")

    async def _call(self, command: str, **given: Any) -> Any:
        try:
            return await self._daemon.call(command, **given)
        except RcloneError as error:
            # Its text may repeat what it was given.
            raise RemoteRefused("rclone does not take it. Check the options.") from error


_NOT_LOCAL: Final = (
    "It would lead into this machine's own folders, or past the remotes that are set up. Name a "
    "remote as `name:folder`; SHADOW_RCLONE__ALLOW_LOCAL allows local folders."
)


def _told(name: str, section: Mapping[str, str]) -> Remote:
    options = tuple(sorted(option for option in section if option != "type"))
    return Remote(name, section.get("type", "?"), options)


def _without_secrets(text: str, section: Mapping[str, str]) -> str:
    """Return the end of an error's text without anything that the remote was set up with."""
    for value in sorted(section.values(), key=len, reverse=True):
        if len(value) > 3:
            text = text.replace(value, "…")
    return re.sub(r"//[^/@\s]*@", "//…@", text)[-300:]
