"""`help.*`, `auth.*`, `users.*` and `updates.*`."""

from typing import Any

from telethon.tl import TLObject, functions, types

from tests.support.telegram_dc import views
from tests.support.telegram_dc.faults import RpcError
from tests.support.telegram_dc.rpc import Call, answers
from tests.support.telegram_dc.world import Account, Login, Post


@answers(functions.help.GetConfigRequest)
async def get_config(call: Call, _: Any) -> TLObject:
    options = [
        types.DcOption(number, at.host, at.port, static=True)
        for number, at in sorted(call.centre.addresses.items())
    ]
    # fmt: off
    return types.Config(
        call.now(), call.now() + 3600, False, call.centre.id, options, "localhost.invalid",
        200, 200_000, 100, 210_000, 5_000, 30_000, 300_000, 30_000, 1_500, 60_000, 2, 172_800,
        2_147_483_647, 2_147_483_647, 2_419_200, 200, 604_800, 20_000, 90_000, 30_000, 10_000,
        "https://t.me/", 1024, 4096, call.centre.id,
    )
    # fmt: on


@answers(functions.help.GetNearestDcRequest)
async def get_nearest_dc(call: Call, _: Any) -> TLObject:
    return types.NearestDc("XX", call.centre.id, call.centre.id)


@answers(functions.help.GetAppConfigRequest)
async def get_app_config(call: Call, _: Any) -> TLObject:
    parts = call.centre.world.most_parts
    values = {
        "upload_max_fileparts_default": parts[False],
        "upload_max_fileparts_premium": parts[True],
        "small_queue_max_active_operations_count": 5,
        "large_queue_max_active_operations_count": 2,
    }
    pairs = [
        types.JsonObjectValue(key, types.JsonNumber(float(value))) for key, value in values.items()
    ]
    return types.help.AppConfig(1, types.JsonObject(pairs))


def _logged_in(call: Call, login: Login) -> TLObject:
    call.session.key.login = login.id
    call.centre.world.save()
    call.centre.world.save_keys(call.centre.id)
    return types.auth.Authorization(views.user(call, call.account))


@answers(functions.auth.ImportBotAuthorizationRequest)
async def import_bot_authorization(call: Call, request: Any) -> TLObject:
    world = call.centre.world
    if request.api_id <= 0 or not request.api_hash:
        raise RpcError(400, "API_ID_INVALID")
    for account in world.accounts.values():
        if account.bot and account.token == request.bot_auth_token:
            if account.dc != call.centre.id:
                raise RpcError(303, f"USER_MIGRATE_{account.dc}")
            return _logged_in(call, world.log_in(account))
    raise RpcError(400, "ACCESS_TOKEN_INVALID")


@answers(functions.auth.ExportAuthorizationRequest)
async def export_authorization(call: Call, request: Any) -> TLObject:
    if request.dc_id == call.centre.id or request.dc_id not in call.centre.addresses:
        raise RpcError(400, "DC_ID_INVALID")
    proof = call.centre.world.export(call.session.key.login or 0, request.dc_id)
    return types.auth.ExportedAuthorization(call.account.id, proof)


@answers(functions.auth.ImportAuthorizationRequest)
async def import_authorization(call: Call, request: Any) -> TLObject:
    world = call.centre.world
    login = world.logins[world.imported(request.bytes, call.centre.id)]
    if login.account != request.id:
        raise RpcError(400, "USER_ID_INVALID")
    return _logged_in(call, login)


@answers(functions.auth.LogOutRequest)
async def log_out(call: Call, _: Any) -> TLObject:
    login = call.centre.world.logins.get(call.session.key.login or 0)
    if login is None:
        raise RpcError(401, "AUTH_KEY_UNREGISTERED")
    login.ended = "AUTH_KEY_UNREGISTERED"
    call.centre.world.save()
    return types.auth.LoggedOut()


def account_of(call: Call, given: TLObject) -> Account:
    """Find the account of an InputUser or InputPeer; raises USER_ID_INVALID."""
    if isinstance(given, types.InputUserSelf | types.InputPeerSelf):
        return call.account
    number = getattr(given, "user_id", None)
    found = call.centre.world.accounts.get(number or 0)
    known = {call.hash_of("user", number or 0)} | ({0} if call.account.bot else set())
    if found is None or getattr(given, "access_hash", None) not in known:
        raise RpcError(400, "USER_ID_INVALID")
    return found


@answers(functions.users.GetUsersRequest)
async def get_users(call: Call, request: Any) -> list[TLObject]:
    return [views.user(call, account_of(call, given)) for given in request.id]


@answers(functions.users.GetFullUserRequest)
async def get_full_user(call: Call, request: Any) -> TLObject:
    account = account_of(call, request.id)
    full = types.UserFull(account.id, types.PeerSettings(), types.PeerNotifySettings(), 0)
    return types.users.UserFull(full, [], [views.user(call, account)])


@answers(functions.updates.GetStateRequest)
async def get_state(call: Call, _: Any) -> TLObject:
    return types.updates.State(1, 0, call.now(), 1, 0)


@answers(functions.updates.GetDifferenceRequest)
async def get_difference(call: Call, _: Any) -> TLObject:
    return types.updates.DifferenceEmpty(call.now(), 1)


@answers(functions.updates.GetChannelDifferenceRequest)
async def get_channel_difference(call: Call, request: Any) -> TLObject:
    channel = call.channel(request.channel)
    if request.pts >= channel.pts:
        return types.updates.ChannelDifferenceEmpty(channel.pts, final=True, timeout=30)
    posts: list[Post] = [post for post in channel.posts.values() if post.pts > request.pts]
    gone = [
        types.UpdateDeleteChannelMessages(channel.id, ids, pts, len(ids))
        for pts, ids in channel.gone
        if pts > request.pts
    ]
    return types.updates.ChannelDifference(
        channel.pts,
        [views.message(call, channel, post) for post in posts],
        gone,
        [views.channel(call, channel)],
        [],
        final=True,
        timeout=30,
    )
