"""What a source declares about itself: enough to build its connect form and to explain it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field as _Field

from bot.models._base import Model


class FormField(Model):
    """One field of a form.

    `hint` says where to find the value. `pattern` is what a value must match in full, `advice`
    what to say when it does not. `choices` makes it a pick-list of (value, label).
    """

    name: str
    label: str
    hint: str = ""
    placeholder: str = ""
    pattern: str = r"[^\s]+"
    advice: str = ""
    optional: bool = False
    secret: bool = False
    multiline: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    initial: str = ""


class CredentialForm(Model):
    """One way to prove oneself: which fields it asks for, and which credential they make."""

    kind: Literal["access_key", "oauth_client", "bearer_token"]
    title: str
    fields: tuple[FormField, ...]


class SourceInfo(Model):
    """A source in words: what a person picks, fills in and must have been granted.

    `renewal` says how somebody renews a token there, as what follows "to renew:". `not_reported` are
    the fields of a token about which it says nothing, and `inapplicable` those among them that mean
    nothing there. One that is `paged` answers bit by bit, so it is asked first.
    """

    name: str
    title: str
    summary: str
    permission: str
    renewal: str = ""
    credential_forms: tuple[CredentialForm, ...]
    target_fields: tuple[FormField, ...]
    not_reported: frozenset[str] = frozenset()
    inapplicable: frozenset[str] = frozenset()
    discovers: bool = False
    paged: bool = False
    column_names: Mapping[str, str] = _Field(default_factory=dict)

    def credential_form(self, kind: str) -> CredentialForm:
        """Return the form of one kind; raise KeyError when the source has no such kind."""
        for form in self.credential_forms:
            if form.kind == kind:
                return form
        raise KeyError(kind)
