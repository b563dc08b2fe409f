"""Can a service be reached, and does its clock agree with ours? Asked without any credential."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpx


class Probed(NamedTuple):
    """What came of it: nothing in `failure` means that it answered.

    `skew` is how far its clock is ahead of ours, None when it did not say.
    """

    failure: str
    skew: timedelta | None = None


async def probe(http: httpx.AsyncClient, url: str, now: datetime) -> Probed:
    """Ask for a page that needs no rights; any answer will do, and its body is not read."""
    try:
        async with http.stream("GET", url) as answer:
            said = answer.headers.get("date", "")
    except httpx.ConnectTimeout:
        return Probed("does not accept a connection in time")
    except httpx.ConnectError:
        return Probed("cannot be connected to")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Probed(f"does not answer ({type(error).__name__})")
    try:
        theirs = parsedate_to_datetime(said)
        # "-0000" is a time of no known zone.
        return Probed("", theirs - now if theirs.tzinfo else None)
    except (ValueError, OverflowError):
        return Probed("")
