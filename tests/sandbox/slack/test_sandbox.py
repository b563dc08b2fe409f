import asyncio
import gc
import re
from pathlib import Path

import httpx
import pytest

from sandbox.company import World
from sandbox.server import Sandbox
from tests.fixtures.http import loopback_client


async def test_both_halves_are_served(sandbox: Sandbox) -> None:
    """Slack and Alibaba answer on ports of their own."""
    async with loopback_client() as client:
        slack = await client.post(f"{sandbox.slack_api}auth.test")
        kyuubi = await client.get(f"{sandbox.kyuubi}/api/v1/workspaces")
        idaas = await client.get(f"{sandbox.idaas}/v2/idaas_x/authenticationTokens")
        token = await client.post(sandbox.idaas_token)

    assert slack.json()["error"] == "not_authed"
    assert {kyuubi.status_code, idaas.status_code, token.status_code} <= {400, 401, 403, 404}
    assert sandbox.endpoints["kyuubi"] == sandbox.kyuubi != sandbox.url


async def test_two_sandboxes_do_not_meet() -> None:
    """Each has its own ports, tokens and messages."""
    async with Sandbox(company=World(0)) as one, Sandbox(company=World(0)) as two:
        one.say("mei", "general", "hello")

        assert one.bot_token != two.bot_token
        assert two.messages("general") == []


async def test_nothing_is_left_running() -> None:
    """After the end there is no task of the sandbox and no socket."""
    before = asyncio.all_tasks()
    async with Sandbox(company=World(0)) as sandbox, loopback_client() as client:
        await client.get(f"{sandbox.url}/_control/state")
        async with client.stream("GET", f"{sandbox.url}/_control/stream") as stream:
            assert stream.status_code == 200
            url = sandbox.url
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before
    async with loopback_client() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)
    gc.collect()


async def test_waiting_ends_with_the_condition_or_the_time(sandbox: Sandbox) -> None:
    """wait_for returns what the predicate returned, and names what it waited for in vain."""
    asyncio.get_running_loop().call_soon(lambda: sandbox.say("mei", "general", "hi"))

    (message,) = await sandbox.wait_for(lambda: sandbox.messages("general"))
    assert message["text"] == "hi"
    with pytest.raises(TimeoutError, match=r"waited 0\.01 s for the moon"):
        await sandbox.wait_for(lambda: False, timeout=0.01, what="the moon")


async def test_waiting_notices_what_happens_elsewhere(sandbox: Sandbox) -> None:
    """A condition outside the sandbox is looked at again too."""
    done: list[int] = []
    asyncio.get_running_loop().call_later(0.01, done.append, 1)

    assert await sandbox.wait_for(lambda: done) == [1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "[::1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_other_sites_are_kept_out(
    sandbox: Sandbox, http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """A foreign host name or origin gets nothing, from neither half of the page's port."""
    for path in ("/", "/_control/state", "/api/auth.test"):
        assert (await http.get(path, headers=headers)).status_code == 403


async def test_the_pages_own_origin_is_welcome(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """The page itself, by address or as localhost."""
    by_name = {"Host": f"localhost:{httpx.URL(sandbox.url).port}"}

    same = await http.get("/_control/state", headers={"Origin": sandbox.url})
    named = await http.get("/_control/state", headers=by_name)

    assert (same.status_code, named.status_code) == (200, 200)


async def test_a_foreign_websocket_is_refused(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """A page elsewhere cannot open Socket Mode."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Origin": "https://evil.example",
    }

    assert (await http.get("/link/", headers=upgrade)).status_code == 403


async def test_the_page_is_served_with_types_and_never_stored(
    sandbox: Sandbox, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Modules get a JavaScript type; nothing outside the page's folder is served."""
    monkeypatch.setattr("sandbox.page_files.PAGE", tmp_path / "page")
    (tmp_path / "page" / "blocks").mkdir(parents=True)
    (tmp_path / "page" / "index.html").write_text("<!doctype html>")
    (tmp_path / "page" / "blocks" / "a.js").write_text("export {}")
    (tmp_path / "page" / "secret.py").write_text("")
    (tmp_path / "outside.js").write_text("")

    index, script = await http.get("/"), await http.get("/blocks/a.js")
    archive = await http.get("/archives/C1/p1")

    assert index.headers["content-type"].startswith("text/html")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "no-store"
    assert script.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in script.headers["content-security-policy"]
    assert archive.text == index.text
    for path in ("/secret.py", "/missing.js", "/..%2foutside.js", "/blocks"):
        assert (await http.get(path)).status_code == 404


def test_the_real_page_has_an_index_without_inline_script() -> None:
    """What the policy forbids is not in the page."""
    index = Path("sandbox/page/index.html").read_text()

    assert not re.search(r"<script(?![^>]*\bsrc=)", index)
    assert " onclick=" not in index
