"""A list of tokens as a file: what programs read. `docs/export.md` documents every field.

A change that a program could stumble over raises `version`.
"""

from typing import Literal

from pydantic import Field

from bot.models._base import Instant, Model
from bot.models.listing import State
from bot.models.token import Status


class ExportedFinding(Model):
    """Advice on a token, with its reason."""

    kind: str = Field(description="What was found, such as `expiring_in_use` or `never_used`.")
    severity: Literal["urgent", "warning", "notice"] = Field(description="How much it matters.")
    text: str = Field(description="What was seen.")
    advice: str = Field(description="What to do about it.")


class ExportedToken(Model):
    """One token, as far as its source reports it. A field in `not_reported` is unknown."""

    source: str = Field(description="The system that lists it: `kyuubi` or `idaas`.")
    key: str = Field(description="Its identity, the same in every export.")
    id: str = Field(description="Its ID there.")
    name: str = Field(description="Its name; where there is none, what the list shows for one.")
    status: Status = Field(description="Whether it works, when the file was made.")
    expires_at: Instant | None = Field(description="When it ends; null if it never does.")
    last_used_at: Instant | None = Field(description="When it was last used; null if never.")
    created_at: Instant | None = Field(description="When it was made.")
    updated_at: Instant | None = Field(description="When it was last changed.")
    short_lived: bool = Field(description="Whether it lives a day or less.")
    kind: str | None = Field(description="Its type there.")
    masked: str | None = Field(
        description="Its text, masked: never more than three characters at each end."
    )
    place: str = Field(description="What the list calls the place.")
    coordinates: dict[str, str] = Field(description="The place's region and IDs.")
    connection: str | None = Field(description="The label of the connection that read it.")
    created_by: str | None = Field(description="Who made it.")
    creator_type: str | None = Field(description="What its creator is.")
    consumer: str | None = Field(description="What it was issued to.")
    consumer_type: str | None = Field(description="What its consumer is.")
    provider: str | None = Field(description="The identifier of its credential provider.")
    provider_id: str | None = Field(description="The ID of its credential provider.")
    accounts: tuple[str, ...] = Field(description="The accounts that may use it.")
    members: tuple[str, ...] = Field(description="The members who may use it.")
    roles: tuple[str, ...] = Field(description="The roles that it gives.")
    findings: tuple[ExportedFinding, ...] = Field(description="Advice, most important first.")
    not_reported: tuple[str, ...] = Field(
        description="The fields on which its source says nothing."
    )


class ExportedPlace(Model):
    """One place that was to be read, and how that went."""

    source: str = Field(description="The system: `kyuubi` or `idaas`.")
    place: str = Field(description="What the list calls it.")
    coordinates: dict[str, str] = Field(description="Its region and IDs.")
    connection: str = Field(description="The label of the connection that was used.")
    state: State = Field(
        description="`fresh`; `stale`: an earlier reading stands in; `failed`: not read at all."
    )
    read_at: Instant | None = Field(description="When it was read; null if it was not.")
    truncated: bool = Field(description="Whether it holds more tokens than are read at a time.")
    problem: str = Field(description="Why it is not fresh, such as `throttled`; empty if it is.")
    code: str = Field(description="The service's own error code, if any.")
    permission: str = Field(description="The permission that the credential lacks, if that is why.")
    request_id: str = Field(description="What the service's support asks for, if anything.")


class LeftOut(Model):
    """How many tokens the filters leave out without having judged them, and why."""

    revoked: int = Field(description="Revoked, and not asked for.")
    expired: int = Field(description="Expired over 7 days before, and not asked for.")
    short_lived: int = Field(description="Living a day or less, and not asked for.")
    use_not_reported: int = Field(description="Their last use is not reported.")
    sharing_not_reported: int = Field(description="Who may use them is not reported.")


class Export(Model):
    """A list of tokens, with what could not be read."""

    version: Literal[1] = Field(default=1, description="The version of this format.")
    made_at: Instant = Field(description="When the file was made: `status` is as of then.")
    filters: str = Field(description="The filters, as they are typed; empty for the usual list.")
    complete: bool = Field(
        description="Whether every place was read in full; else see `places` and `unopened`."
    )
    unopened: int = Field(description="How many connections could not be opened.")
    left_out: LeftOut = Field(description="What the filters leave out.")
    places: tuple[ExportedPlace, ...] = Field(description="Every place, read or not.")
    tokens: tuple[ExportedToken, ...] = Field(description="The tokens, in the order of the list.")
