"""Halyard Freight, the company in the sandbox: its people and channels."""

from dataclasses import dataclass, field

TEAM_ID = "T07HALYARD1"
TEAM_NAME = "Halyard Freight"
TEAM_DOMAIN = "halyard"
OTHER_TEAM_ID = "T07ACMEPORT"

APP_ID = "A07TOKENBEL"
BOT_ID = "B07TOKENBEL"
BOT_USER_ID = "U07TOKENBEL"


@dataclass(frozen=True, kw_only=True)
class Member:
    """Someone in the workspace. `guest` and `stranger` as Slack means them."""

    id: str
    name: str
    real_name: str
    title: str
    tz: str
    color: str
    admin: bool = False
    guest: bool = False
    stranger: bool = False
    team_id: str = TEAM_ID


MEI = Member(
    id="U07MEITAN01",
    name="mei",
    real_name="Mei Tan",
    title="On-call engineer: both systems connected",
    tz="Asia/Shanghai",
    color="#2f7d6b",
)
JONAS = Member(
    id="U07JONASW02",
    name="jonas",
    real_name="Jonas Weber",
    title="Data engineer: Kyuubi only",
    tz="Europe/Berlin",
    color="#7a4fb5",
)
PRIYA = Member(
    id="U07PRIYAN03",
    name="priya",
    real_name="Priya Nair",
    title="Newcomer: nothing connected yet",
    tz="Asia/Kolkata",
    color="#c2571a",
)
AIKO = Member(
    id="U07AIKOMO04",
    name="aiko",
    real_name="Aiko Mori",
    title="Platform lead, workspace admin: hundreds of tokens",
    tz="Asia/Tokyo",
    color="#1d6fb8",
    admin=True,
)
SAM = Member(
    id="U07SAMORT05",
    name="sam",
    real_name="Sam Ortiz",
    title="Guest",
    tz="America/Los_Angeles",
    color="#8a8a2a",
    guest=True,
)
DANA = Member(
    id="U07DANAFX06",
    name="dana",
    real_name="Dana Fox",
    title="From Acme Port, another organisation",
    tz="America/New_York",
    color="#b03a5b",
    stranger=True,
    team_id=OTHER_TEAM_ID,
)

MEMBERS = (MEI, JONAS, PRIYA, AIKO, SAM, DANA)


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel at the start. `bot` tells whether the bot is a member."""

    id: str
    name: str
    topic: str
    members: tuple[str, ...] = field(default=())
    bot: bool = True
    private: bool = False
    shared: bool = False
    archived: bool = False


_INSIDERS = (MEI.id, JONAS.id, PRIYA.id, AIKO.id)

CHANNELS = (
    Channel(id="C07GENERAL1", name="general", topic="Company-wide", members=(*_INSIDERS, SAM.id)),
    Channel(
        id="C07DATAPLT2",
        name="data-platform",
        topic="Spark, Kyuubi and whoever runs them",
        members=_INSIDERS,
    ),
    Channel(
        id="C07ONCALL03",
        name="on-call",
        topic="Who is on call, and what is burning",
        members=(MEI.id, AIKO.id),
        private=True,
    ),
    Channel(id="C07RANDOM04", name="random", topic="Anything else", members=_INSIDERS, bot=False),
    Channel(
        id="C07ACMEEXT5",
        name="ext-acme-port",
        topic="Shared with Acme Port",
        members=(MEI.id, AIKO.id, DANA.id),
        shared=True,
    ),
    Channel(
        id="C07ARCHIVE6",
        name="migration-2025",
        topic="Done",
        members=(MEI.id, AIKO.id),
        archived=True,
    ),
)
