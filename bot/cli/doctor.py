"""`python -m bot doctor`: checks everything that the bot depends on, and says what to do."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

from bot.app import open_slack_client, open_storage
from bot.cli._logging import configure
from bot.cli.manifest import SCOPES
from bot.clients import create_http_client, probe
from bot.clock import SystemClock, system_random
from bot.config import Settings, take_settings
from bot.errors import SettingsError, SlackError, TokenbellError
from bot.rules.times import count
from bot.slack import identify, open_socket_url
from bot.store.due import DueIndex
from bot.store.facts import facts
from bot.store.heartbeats import Heartbeats
from bot.store.redis import Redis
from bot.store.rotation import survey
from bot.store.vault import Vault
from bot.wiring import sealed_stores

_MOST_SKEW = timedelta(minutes=5)  # the services refuse a signature at 15


class Finding(NamedTuple):
    """What was found out about one thing. `remedy` is empty when it is well."""

    name: str
    said: str
    remedy: str = ""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "doctor", help="check settings, Redis, keys, workers, Slack, endpoints"
    )
    parser.add_argument("--region", default="cn-hangzhou", help="whose endpoints to try")
    parser.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Print a line for each check; fail when something needs a remedy."""
    return asyncio.run(_main(arguments.region))


async def _main(region: str) -> int:
    try:
        settings = take_settings(os.environ)
    except SettingsError as error:
        _show(Finding("settings", str(error), "mend it, then run the doctor again"))
        return 1
    configure("ERROR")
    ill = 0
    async for finding in examine(settings, region):
        _show(finding)
        ill += bool(finding.remedy)
    print(f"\n{ill} to mend." if ill else "\nAll is well.")
    return 1 if ill else 0


def _show(finding: Finding) -> None:
    print(f"{'MEND' if finding.remedy else 'ok':<5}{finding.name:<11}{finding.said}")
    if finding.remedy:
        print(f"{'':<16}-> {finding.remedy}")


async def examine(settings: Settings, region: str) -> AsyncIterator[Finding]:
    """Yield what there is to say about each part, one after the other."""
    try:
        transport = "Socket Mode" if settings.transport() == "socket" else "HTTP"
        yield Finding("settings", f"complete, over {transport}")
    except SettingsError as error:
        yield Finding("settings", str(error), "mend it, then run the doctor again")
    async for finding in _storage(settings):
        yield finding
    async for finding in _slack(settings):
        yield finding
    async for finding in _endpoints(settings, region):
        yield finding


async def _storage(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with open_storage(settings) as (redis, vault):
            async for finding in _redis(redis):
                yield finding
            yield await _keys(redis, vault)
            yield await _reminders(redis)
    except SettingsError as error:
        yield Finding("keys", str(error), "mend it, then run the doctor again")
    except TokenbellError as error:
        yield Finding("redis", str(error), "check REDIS_URL, and that the server runs")


async def _redis(redis: Redis) -> AsyncIterator[Finding]:
    found = await facts(redis)
    yield Finding("redis", f"{found.server} answers")
    if found.evicts:
        yield Finding(
            "redis",
            f"drops keys when it is full ({found.evicts}), connections among them",
            "set its maxmemory-policy to noeviction",
        )
    if not found.appends:
        yield Finding(
            "redis",
            "keeps no append-only file: a crash loses what came after the last snapshot",
            "set appendonly to yes",
        )


async def _keys(redis: Redis, vault: Vault) -> Finding:
    report = await survey(vault, sealed_stores(redis, vault))
    if report.unreadable:
        return Finding(
            "keys",
            f"{report.unreadable} stored records cannot be opened with TOKENBELL_KEYS",
            "add the key that they were sealed with, after the first one",
        )
    old = sum(number for kid, number in report.by_key.items() if kid != vault.current)
    if old:
        return Finding(
            "keys",
            f"{old} stored records are sealed with an older key",
            "run `python -m bot keys rotate`, then drop the old key",
        )
    return Finding("keys", f"everything opens, sealed with {vault.current}")


async def _reminders(redis: Redis) -> Finding:
    alive = await Heartbeats(redis).alive()
    if alive:
        return Finding("reminders", f"{count(alive, 'worker')} alive")
    index = DueIndex(redis, SystemClock(), system_random())
    if (await index.peek()).next_due is None:
        return Finding("reminders", "nobody is to be reminded yet")
    return Finding(
        "reminders",
        "no worker is alive, and somebody is to be reminded",
        "start `python -m bot run`, or `python -m bot worker` beside `web`",
    )


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    async with open_slack_client(settings) as client:
        if settings.slack_bot_token is not None:
            try:
                found = await identify(client, settings.slack_bot_token, SystemClock().wall())
            except SettingsError as error:
                yield Finding("slack", str(error), "copy the token from OAuth & Permissions")
            except SlackError as error:
                yield Finding("slack", _unreachable(error), "check SLACK_API_URL and HTTPS_PROXY")
            else:
                yield Finding("slack", f"installed in {found.team_name or found.scope}")
                yield _scopes(found.scopes)
        if settings.slack_app_token is not None:
            try:
                await open_socket_url(client, settings.slack_app_token)
                yield Finding("slack", "Socket Mode is open")
            except SlackError as error:
                yield Finding(
                    "slack",
                    f"Socket Mode is closed ({error.code})",
                    "make an app-level token with connections:write, and turn Socket Mode on",
                )


def _unreachable(error: SlackError) -> str:
    return f"cannot be reached ({error.code})"


def _scopes(granted: tuple[str, ...]) -> Finding:
    missing = [scope for scope in SCOPES if scope.name not in granted]
    if not missing:
        return Finding("slack", f"granted {', '.join(scope.name for scope in SCOPES)}")
    needs = "; ".join(f"{scope.name} to {scope.reason}" for scope in missing)
    return Finding(
        "slack",
        f"lacks {needs}",
        "paste `python -m bot manifest` into the app's page, and install it again",
    )


async def _endpoints(settings: Settings, region: str) -> AsyncIterator[Finding]:
    hosts = {
        "kyuubi": settings.kyuubi_endpoint or f"https://emr-serverless-spark.{region}.aliyuncs.com",
        "idaas": settings.idaas_endpoint or f"https://eiam-developerapi.{region}.aliyuncs.com",
    }
    async with create_http_client() as http:
        for name, url in hosts.items():
            found = await probe(http, url, SystemClock().wall())
            if found.failure:
                yield Finding(
                    name, f"{url} {found.failure}", "choose another --region, or mend the way there"
                )
            elif found.skew is not None and abs(found.skew) > _MOST_SKEW:
                yield Finding(
                    name,
                    f"our clock is {abs(found.skew).total_seconds():.0f} s off",
                    "turn on NTP: signatures are refused from 15 minutes on",
                )
            else:
                yield Finding(name, f"{url} answers")
