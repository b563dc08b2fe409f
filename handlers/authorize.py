"""Who speaks for the bot: never a reason to miss the ack."""

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext

from bot.errors import StoreUnavailableError, TokenbellError
from bot.services.installations import Installations
from handlers._desk import scope_of


class Authorize(AsyncAuthorize):
    """What Bolt asks before any listener runs.

    It always answers. When the installation cannot be found, `context["refusal"]` says why, so
    that the listener can ack first and tell the person then.
    """

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,  # noqa: ARG002 - the bot speaks for all users alike
        actor_enterprise_id: str | None = None,  # noqa: ARG002 - likewise
        actor_team_id: str | None = None,  # noqa: ARG002 - likewise
        actor_user_id: str | None = None,  # noqa: ARG002 - likewise
    ) -> AuthorizeResult:
        """Return the installation, or an empty one with the refusal in the context."""
        try:
            found = await self._installations.find(scope_of(context))
        except TokenbellError as error:
            context["refusal"] = error
        except Exception:  # noqa: BLE001 - whatever the lookup does, the ack must go out
            context["refusal"] = StoreUnavailableError("the installation could not be looked up")
        else:
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id,
                bot_id=found.bot_id,
                bot_user_id=found.bot_user_id,
                bot_token=found.bot_token.get_secret_value(),
            )
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="none")  # noqa: S106 - there is none
