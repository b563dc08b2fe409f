"""Regions: the one thing a person types that becomes part of a host name."""

import re

from bot.errors import InputError, UnknownTargetError
from bot.models.source import FormField

REGION_FIELD = FormField(
    name="region",
    label="Region",
    hint="The region ID at the top of the console, such as cn-hangzhou.",
    placeholder="cn-hangzhou",
    # No list of regions: the vendor adds some. Short, so that the host name stays one.
    pattern=r"(?=.{4,32}$)[a-z]{2}(-[a-z0-9]+)+",
    advice="A region ID looks like cn-hangzhou or ap-southeast-1.",
)


def check_region(region: str) -> None:
    """Raise `InputError` for what is no region ID."""
    if not re.fullmatch(REGION_FIELD.pattern, region):
        raise InputError(REGION_FIELD.advice, field=REGION_FIELD.name)


def regional_url(source: str, host: str, region: str) -> str:
    """Return the base URL of a service in a region; `host` is everything before the region.

    Raises `UnknownTargetError` for what is no region, should one have come past the forms.
    """
    if not re.fullmatch(REGION_FIELD.pattern, region):
        raise UnknownTargetError(source, detail="region")
    return f"https://{host}.{region}.aliyuncs.com"
