"""IDaaS: what is listed, and every refusal."""

from dataclasses import replace

import httpx
import pytest

from sandbox.company.access import PAM, READ_SCOPE
from sandbox.company.idaas import Minting
from sandbox.company.timeline import DAY, MINUTE, SECOND, Renewal
from tests.sandbox.alibaba import places
from tests.sandbox.alibaba.conftest import Service
from tests.sandbox.alibaba.places import EPOCH


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["authenticationTokenId"] for row in answer.json()["entities"]]


def is_refused(answer: httpx.Response, status: int, error: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error)
    assert set(body) == {"error", "error_description", "request_id"}
    assert answer.headers["x-acs-request-id"] == body["request_id"]


async def test_a_token_is_listed_as_documented(service: Service) -> None:
    """A row has exactly the documented fields."""
    places.put_authentication_token(service.world)
    answer = await service.authentication_tokens()

    assert answer.json() == {
        "entities": [
            {
                "instanceId": places.INSTANCE,
                "authenticationTokenId": places.AUTHENTICATION_TOKEN_ID,
                "credentialProviderId": places.PROVIDER_ID,
                "createTime": EPOCH - 20 * DAY,
                "updateTime": EPOCH - 20 * DAY,
                "authenticationTokenType": "jwt",
                "revoked": False,
                "creatorType": "application",
                "creatorId": "app_ngtkgrrabcdktg5eao6z4abcde",
                "consumerType": "custom",
                "consumerId": places.CONSUMER,
                "expirationTime": EPOCH + 10 * DAY,
            }
        ],
        "totalCount": 1,
        "nextToken": None,
        "maxResults": 20,
    }


async def test_times_may_be_left_out(service: Service) -> None:
    """The vendor does not promise createTime and updateTime."""
    places.put_authentication_token(service.world, times_reported=False)
    (row,) = (await service.authentication_tokens()).json()["entities"]

    assert "createTime" not in row
    assert "updateTime" not in row


@pytest.fixture(name="four")
def _four(service: Service) -> Service:
    """Put a token of each kind: active, expired, revoked, and both."""
    for name, fields in {
        "active": {},
        "expired": {"expires_at": EPOCH - DAY},
        "revoked": {"revoked_at": EPOCH - DAY},
        "both": {"expires_at": EPOCH - DAY, "revoked_at": EPOCH - DAY},
    }.items():
        places.put_authentication_token(service.world, name, **fields)
    return service


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"active", "expired", "revoked", "both"}),
        ({"revoked": "false"}, {"active", "expired"}),
        ({"revoked": "true"}, {"revoked", "both"}),
        ({"expired": "false"}, {"active", "revoked"}),
        ({"expired": "TRUE"}, {"expired", "both"}),
        ({"revoked": "False", "expired": "False"}, {"active"}),
        ({"revoked": "True", "expired": "True"}, {"both"}),
    ],
)
async def test_filters_have_three_states(
    four: Service, query: dict[str, str | None], expected: set[str]
) -> None:
    """Revoked and expired filter when they are sent, in any case of letters."""
    answer = await four.authentication_tokens(**query)

    assert set(ids(answer)) == expected
    assert answer.json()["totalCount"] == len(expected)


@pytest.mark.parametrize("name", ["revoked", "expired"])
async def test_a_filter_must_be_a_boolean(service: Service, name: str) -> None:
    """Anything but true and false is refused."""
    is_refused(await service.authentication_tokens(**{name: "1"}), 400, "invalid_request")


async def test_tokens_follow_the_time_that_a_visitor_moves(service: Service) -> None:
    """Expiry, revocation, renewal and creation come with the moved time; updateTime tells when."""
    world = service.world
    places.put_authentication_token(world, "future", created_at=EPOCH + DAY)
    places.put_authentication_token(world, "revoked", revoked_at=EPOCH + DAY)
    places.put_authentication_token(world, "removed", removed_at=EPOCH + DAY)
    places.put_authentication_token(
        world, "renewed", renewals=(Renewal(at=EPOCH + DAY, expires_at=EPOCH + 30 * DAY),)
    )
    before = await service.authentication_tokens(revoked="false", expired="false")
    service.clock.offset_ms += 11 * DAY
    after = (await service.authentication_tokens()).json()["entities"]
    rows = {row["authenticationTokenId"]: row for row in after}

    assert set(ids(before)) == {"revoked", "removed", "renewed"}
    assert set(rows) == {"future", "revoked", "renewed"}
    assert rows["revoked"]["revoked"] is True
    assert rows["revoked"]["updateTime"] == EPOCH + DAY
    assert rows["renewed"]["updateTime"] == EPOCH + DAY
    assert rows["renewed"]["expirationTime"] == EPOCH + 30 * DAY


async def test_a_test_can_revoke_reinstate_renew_and_remove(service: Service) -> None:
    """Each change shows in the next answer."""
    world = service.world
    for name in ("revoked", "reinstated", "renewed", "planned", "gone"):
        places.put_authentication_token(world, name)
    world.idaas.revoke("revoked")
    world.idaas.revoke("reinstated", at=EPOCH - DAY)
    world.idaas.reinstate("reinstated")
    world.idaas.renew("renewed", EPOCH + 40 * DAY)
    world.idaas.renew("planned", EPOCH + 40 * DAY, at=EPOCH + DAY)
    world.idaas.remove_token("gone")
    body = (await service.authentication_tokens()).json()["entities"]
    rows = {r["authenticationTokenId"]: (r["revoked"], r["expirationTime"]) for r in body}

    assert rows == {
        "revoked": (True, EPOCH + 10 * DAY),
        "reinstated": (False, EPOCH + 10 * DAY),
        "renewed": (False, EPOCH + 40 * DAY),
        "planned": (False, EPOCH + 10 * DAY),
    }


async def test_short_lived_tokens_are_minted_for_ever(service: Service) -> None:
    """However far the time is moved, the same number of fifteen-minute tokens is active."""
    provider = service.world.idaas.provider(places.INSTANCE, places.PROVIDER)
    assert provider is not None
    service.world.idaas.mintings.append(
        Minting(
            instance_id=places.INSTANCE,
            credential_provider_id=provider.credential_provider_id,
            consumer_id=places.CONSUMER,
            creator_id="app_ci",
            origin=EPOCH,
            every=30 * SECOND,
            life=15 * MINUTE,
            kept=15 * MINUTE,
        )
    )
    seen: set[str] = set()
    for _ in range(3):
        active = await service.authentication_tokens(expired="false", maxResults="100")
        every = await service.authentication_tokens(maxResults="100")
        assert (len(ids(active)), len(ids(every))) == (30, 60)
        assert not seen & set(ids(every))
        seen |= set(ids(every))
        service.clock.offset_ms += 45 * DAY


async def test_pages_are_of_twenty_and_at_most_a_hundred(service: Service) -> None:
    """The default is 20; more than 100 counts as 100; pages are disjoint and complete."""
    for index in range(130):
        places.put_authentication_token(
            service.world, f"atntkn_{index:03d}", created_at=EPOCH - index // 2
        )
    default = await service.authentication_tokens()
    first = await service.authentication_tokens(maxResults="500")
    last = await service.authentication_tokens(
        maxResults="500", nextToken=first.json()["nextToken"]
    )

    assert len(ids(default)) == default.json()["maxResults"] == 20
    assert len(ids(first)) == first.json()["maxResults"] == 100
    assert [*ids(first), *ids(last)] == [f"atntkn_{n:03d}" for n in range(130)]
    assert (last.json()["nextToken"], last.json()["totalCount"]) == (None, 130)


async def test_a_page_that_is_exactly_full_is_the_last(service: Service) -> None:
    """There is no empty page at the end, and an empty nextToken means the first."""
    for index in range(20):
        places.put_authentication_token(service.world, f"atntkn_{index:02d}")
    answer = await service.authentication_tokens(nextToken="")

    assert (len(ids(answer)), answer.json()["nextToken"]) == (20, None)


async def test_a_list_that_changes_while_it_is_read_skips_nothing(service: Service) -> None:
    """What is made or removed between two pages neither repeats nor hides another row."""
    for index in range(30):
        places.put_authentication_token(
            service.world, f"atntkn_{index:02d}", created_at=EPOCH - index
        )
    first = await service.authentication_tokens()
    service.world.idaas.remove_token("atntkn_03")
    places.put_authentication_token(service.world, "atntkn_new", created_at=EPOCH + 1)
    second = await service.authentication_tokens(nextToken=first.json()["nextToken"])

    assert [*ids(first), *ids(second)] == [f"atntkn_{n:02d}" for n in range(30)]


async def test_a_next_token_is_good_for_its_own_query_only(service: Service) -> None:
    """A next token that was made up, or for other filters, is refused."""
    for index in range(30):
        places.put_authentication_token(service.world, f"atntkn_{index:02d}")
    token = (await service.authentication_tokens()).json()["nextToken"]

    for query in (
        {"nextToken": "NTxxxexample"},
        {"nextToken": token[:-1]},
        {"nextToken": token[2:]},
        {"nextToken": token, "revoked": "false"},
        {"nextToken": token, "consumerId": "somebody else"},
    ):
        is_refused(await service.authentication_tokens(**query), 400, "invalid_request")


@pytest.mark.parametrize("size", ["0", "-1", "many", "", "1e2", "9" * 5_000])
async def test_a_page_needs_a_size(service: Service, size: str) -> None:
    """A size that is no number from 1 on is refused."""
    is_refused(await service.authentication_tokens(maxResults=size), 400, "invalid_request")


@pytest.mark.parametrize("name", ["consumerId", "credentialProviderIdentifier"])
async def test_consumer_and_provider_are_required(service: Service, name: str) -> None:
    """There is no list of everything: both must be named."""
    is_refused(await service.authentication_tokens(**{name: None}), 400, "invalid_request")
    is_refused(await service.authentication_tokens(**{name: ""}), 400, "invalid_request")


async def test_a_provider_is_named_by_identifier(service: Service) -> None:
    """The atp_… id of the answers is not what the request wants."""
    answer = await service.authentication_tokens(credentialProviderIdentifier=places.PROVIDER_ID)

    is_refused(answer, 404, "credential_provider_not_found")


async def test_an_unknown_consumer_has_no_tokens(service: Service) -> None:
    """Consumers are any text, so one that is unknown just has none."""
    places.put_authentication_token(service.world)
    answer = await service.authentication_tokens(consumerId="nobody")

    assert ids(answer) == []
    assert answer.json()["totalCount"] == 0


async def test_an_unknown_instance_is_not_found(service: Service) -> None:
    """An instance id with a typing mistake is told as such."""
    answer = await service.http.get(
        "/v2/idaas_typo/authenticationTokens",
        headers={"authorization": f"Bearer {service.access_token()}"},
    )

    is_refused(answer, 404, "instance_not_found")


async def test_an_access_token_is_for_its_own_instance(service: Service) -> None:
    """A client of one instance may not read another's tokens."""
    answer = await service.http.get(
        f"/v2/{places.OTHER_INSTANCE}/authenticationTokens",
        headers={"authorization": f"Bearer {service.access_token()}"},
    )

    is_refused(answer, 403, "access_denied")


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer nobody", "nobody"])
async def test_a_bad_access_token_is_refused(service: Service, header: str) -> None:
    """Without a bearer token that the instance issued there is no answer."""
    answer = await service.http.get(
        f"/v2/{places.INSTANCE}/authenticationTokens", headers={"authorization": header}
    )

    is_refused(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_an_access_token_ends_by_the_machines_clock(service: Service) -> None:
    """A visitor who moves the time keeps the access token; its lifetime ends it."""
    token = service.access_token()
    service.clock.offset_ms += 90 * DAY
    assert (await service.authentication_tokens(token)).status_code == 200

    service.clock.drift = 1_200 * SECOND
    is_refused(await service.authentication_tokens(token), 401, "invalid_token")


async def test_a_revoked_access_token_is_refused(service: Service) -> None:
    """A token whose client was disabled is refused at once."""
    token = service.access_token()
    service.world.access.disable_client(places.CLIENT_ID)

    is_refused(await service.authentication_tokens(token), 401, "invalid_token")


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (READ_SCOPE, 200),
        (f"{PAM}|.all", 200),
        (f"{PAM}|authentication_token:manage", 403),
        ("urn:other|authentication_token:read", 403),
    ],
)
async def test_an_access_token_needs_the_scope(service: Service, scope: str, status: int) -> None:
    """Reading needs the read scope or all of the resource server, and nothing less."""
    service.world.access.set_scopes(places.CLIENT_ID, {scope})
    answer = await service.authentication_tokens()

    if status == 200:
        assert ids(answer) == []
    else:
        is_refused(answer, status, "insufficient_scope")


@pytest.mark.parametrize(
    "headers", [{"x-acs-version": "2021-12-01"}, {"x-acs-action": "ListUsers"}]
)
async def test_another_version_or_action_is_unknown(
    service: Service, headers: dict[str, str]
) -> None:
    """Where version or action is named, it must be this one; the gateway answers."""
    answer = await service.http.get(
        f"/v2/{places.INSTANCE}/authenticationTokens",
        headers={**headers, "authorization": f"Bearer {service.access_token()}"},
    )

    assert (answer.status_code, answer.json()["Code"]) == (404, "InvalidApi.NotFound")


async def test_a_token_of_another_provider_is_not_listed(service: Service) -> None:
    """Only the named provider's tokens are listed."""
    service.world.idaas.put_provider(
        replace(
            next(iter(service.world.idaas.providers.values())),
            credential_provider_id="atp_other",
            identifier="other",
        )
    )
    places.put_authentication_token(service.world, credential_provider_id="atp_other")

    assert ids(await service.authentication_tokens()) == []
    other = await service.authentication_tokens(credentialProviderIdentifier="other")
    assert len(ids(other)) == 1
