"""What blocks are made of: plain samples, and hostile ones by hypothesis."""

from datetime import timedelta

from hypothesis import strategies as st
from pydantic import SecretStr

from bot.models.connection import Connection, Owner
from bot.models.credential import AccessKey, BearerToken, OAuthClient
from bot.models.listing import Coverage, Listing, Problem
from bot.models.proof import Proof
from bot.models.source import CredentialForm, FormField, SourceInfo
from tests.rules.make import (
    HOSTILE,
    HOUR,
    IDAAS,
    KYUUBI,
    MOMENTS,
    NOW,
    QUERIES,
    TARGETS,
    TOKENS,
)

COMMAND = "/tokens"
TITLES = {"kyuubi": "EMR Serverless Spark", "idaas": "IDaaS"}
SECRET = "canary-secret-7f3a"

REFUSED = Problem(
    kind="credential_refused",
    source="kyuubi",
    code="SignatureDoesNotMatch",
    status=403,
    request_id="REQ-1",
)
THROTTLED = Problem(
    kind="throttled", source="idaas", code="Throttling.User", request_id="REQ-2", retry_after=7
)

FRESH = Coverage(
    connection_id="c1",
    connection_label="team key",
    target=KYUUBI,
    state="fresh",
    read_at=NOW - timedelta(seconds=40),
)
STALE = Coverage(
    connection_id="c2",
    connection_label="pam app",
    target=IDAAS,
    state="stale",
    read_at=NOW - 3 * HOUR,
    problem=THROTTLED,
)
FAILED = Coverage(
    connection_id="c1",
    connection_label="team key",
    target=KYUUBI.model_copy(update={"label": "staging"}),
    state="failed",
    problem=REFUSED,
)

KINDS = (
    "unavailable",
    "throttled",
    "credential_refused",
    "permission_missing",
    "unknown_target",
    "clock_skew",
    "broken_answer",
    "upstream",
    "made up",
)
PROBLEMS = st.builds(
    Problem,
    kind=st.sampled_from(KINDS),
    source=HOSTILE,
    code=HOSTILE,
    status=st.integers(0, 599),
    request_id=HOSTILE,
    permission=HOSTILE,
    retry_after=st.none() | st.floats(),
)
COVERAGES = st.builds(
    Coverage,
    connection_id=st.sampled_from(["c1", "c2", "c3"]),
    connection_label=HOSTILE,
    target=TARGETS,
    state=st.sampled_from(["fresh", "stale", "failed"]),
    read_at=st.none() | MOMENTS,
    truncated=st.booleans(),
    problem=st.none() | PROBLEMS,
)
LISTINGS = st.builds(
    Listing,
    tokens=st.lists(TOKENS, max_size=4).map(tuple),
    coverage=st.lists(COVERAGES, max_size=7).map(tuple),
    now=st.just(NOW),
    via=st.dictionaries(HOSTILE, HOSTILE, max_size=2),
    unreadable=st.integers(0, 3),
)
CONNECTIONS = st.builds(
    Connection,
    id=st.text("abcdefXYZ-_0123456789", min_size=1, max_size=22),
    owner=st.just(Owner("T1", "U1")),
    source=HOSTILE,
    label=HOSTILE,
    credential=st.one_of(
        st.builds(AccessKey, access_key_id=HOSTILE, access_key_secret=st.just(SecretStr(SECRET))),
        st.builds(
            OAuthClient,
            domain=HOSTILE,
            client_id=HOSTILE,
            authentication=st.just("client_secret_basic"),
            secret=st.just(SecretStr(SECRET)),
        ),
        st.builds(BearerToken, access_token=st.just(SecretStr(SECRET))),
    ),
    targets=st.lists(TARGETS, max_size=3).map(lambda some: tuple(some * 4)),
    created_at=st.just(NOW),
)
PROOFS = st.builds(
    Proof,
    target=TARGETS,
    tokens=st.integers(0, 5000),
    truncated=st.booleans(),
    problem=st.none() | PROBLEMS,
)

KEY_FORM = CredentialForm(
    kind="access_key",
    title="AccessKey",
    fields=(
        FormField(name="access_key_id", label="AccessKey ID", hint="RAM console"),
        FormField(name="access_key_secret", label="AccessKey secret", secret=True),
        FormField(name="pem", label="Key", optional=True, multiline=True),
    ),
)
CLIENT_FORM = CredentialForm(
    kind="oauth_client",
    title="Application",
    fields=(
        FormField(
            name="authentication",
            label="How",
            choices=(("basic", "Basic"), ("post", "Post")),
            initial="basic",
        ),
        FormField(name="secret", label="Secret", secret=True),
    ),
)
INFO = SourceInfo(
    name="kyuubi",
    title="EMR Serverless Spark",
    summary="Tokens of Kyuubi gateways.",
    permission="emr-serverless-spark:ListKyuubiToken",
    credential_forms=(KEY_FORM, CLIENT_FORM),
    target_fields=(
        FormField(name="region", label="Region", placeholder="cn-hangzhou"),
        FormField(name="workspace_id", label="Workspace ID"),
        FormField(name="kyuubi_service_id", label="Gateway ID"),
    ),
    not_reported=frozenset({"kind"}),
    discovers=True,
    column_names={"accounts": "RAM accounts"},
)
INFOS = st.builds(
    lambda title, summary, permission, label, discovers: INFO.model_copy(
        update={
            "title": title,
            "summary": summary,
            "permission": permission,
            "discovers": discovers,
            "target_fields": (
                FormField(name="region", label=label, hint=label, placeholder=label),
                FormField(name="other", label=label, choices=((label or "x", label),) * 3),
            ),
            "column_names": {"accounts": label},
        }
    ),
    HOSTILE,
    HOSTILE,
    HOSTILE,
    HOSTILE,
    st.booleans(),
)

__all__ = ["HOSTILE", "IDAAS", "KYUUBI", "NOW", "QUERIES", "TARGETS", "TOKENS"]
