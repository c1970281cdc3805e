"""A message names the post to which it is addressed, in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.errors import Source
from dispatcher.model import Part, Recipient, Role

if TYPE_CHECKING:
    from dispatcher.messages.rendering import Renderer
    from dispatcher.model import Localized


def _role(designation: Localized, organisation: Localized, *places: str, audience: str = "custodians") -> Role:
    return Role(
        audience=audience,
        part=Part.TO,
        primary=True,
        places=places,
        designation=designation,
        organisation=organisation,
        language="both",
        phone="",
        source=Source("custodians.xlsx"),
    )


def test_the_post_is_named_in_each_language(renderer: Renderer) -> None:
    """One line a role: designation, organisation, places; a text that a sheet has in one language serves both."""
    recipient = Recipient(
        address="a@customs.example",
        roles=(
            _role({"hi": "आयुक्त", "en": "Commissioner"}, {}, "Mumbai"),
            _role({}, {"en": "Alpha  Express"}, "Delhi", "Atlantis"),
            _role({}, {"en": "Alpha Express"}, "Delhi", "Atlantis", audience="copy"),
        ),
    )
    expected = {
        "hi": ("आयुक्त, मुंबई", "Alpha Express, दिल्ली, Atlantis"),
        "en": ("Commissioner, Mumbai", "Alpha Express, Delhi, Atlantis"),
    }

    assert expected == renderer.recipient_lines(recipient)


def test_a_recipient_without_a_post_is_named_by_address(renderer: Renderer) -> None:
    """A row that names neither post nor office is addressed by its mailbox."""
    recipient = Recipient(address="a@customs.example", roles=(_role({}, {}),))

    assert {"hi": ("a@customs.example",), "en": ("a@customs.example",)} == renderer.recipient_lines(recipient)
