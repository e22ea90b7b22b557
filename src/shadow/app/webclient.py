"""The built web client: hashed assets cached for ever, every other page address is its index."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.responses import FileResponse, PlainTextResponse
from starlette.staticfiles import StaticFiles

from shadow.runtime.problems import problem
from shadow.runtime.web import public

FOREVER = "public, max-age=31536000, immutable"
SERVER_PREFIXES = (
    "api/",
    "stream/",
    "hls/",
    "opds/",
    "komga/",
    "stremio/",
    "rest/",
    "kosync/",
    "assets/",
)


def client_folder() -> Path:
    """Return the folder of the built client: inside the installed package, or `web/dist`."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "webclient"
    return inside if inside.is_dir() else package.parents[1] / "web" / "dist"


class _Assets(StaticFiles):
    async def get_response(self, path: str, scope: object) -> Response:
        answer = await super().get_response(path, scope)  # type: ignore[arg-type] # Scope is untyped there
        answer.headers["Cache-Control"] = FOREVER
        return answer


def install(app: FastAPI) -> None:
    """Serve the client from `app`, after every other route."""
    folder = client_folder()
    app.mount("/assets", _Assets(directory=folder / "assets", check_dir=False), name="assets")

    @app.get("/{path:path}", include_in_schema=False, dependencies=[public])
    @app.head("/{path:path}", include_in_schema=False, dependencies=[public])
    async def page(path: str, request: Request) -> Response:
        if path.startswith(SERVER_PREFIXES) or path == "api":
            if request.method == "HEAD":  # routes that answer it stand before this one
                return problem(
                    405,
                    title="Method Not Allowed",
                    detail="Ask with another method.",
                    code="runtime.method_not_allowed",
                )
            return problem(
                404,
                title="Not found",
                detail="There is nothing at this address.",
                code="runtime.no_such_address",
            )
        return _file(folder, path)


def _file(folder: Path, path: str) -> Response:
    index = folder / "index.html"
    wanted = _beside(folder, path)
    if wanted is not None and wanted != index:
        return FileResponse(wanted)
    if not index.is_file():
        return PlainTextResponse(
            "The web client is not built. Run `make run`, or `npm run build` in web/.", 503
        )
    return FileResponse(index, headers={"Cache-Control": "no-cache"})


def _beside(folder: Path, path: str) -> Path | None:
    """Return the client's file of this address; None if the address is one of its pages."""
    try:
        found = (folder / path).resolve()
        return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # longer than any name, or with a NUL: no file, then
        return None
