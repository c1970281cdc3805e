"""The official document is frozen with its release."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_COLUMNS = {
    "document_name": "file name of the official document; null: there is none",
    "document_hash": "SHA-256 of it, hexadecimal; its octets are in `octets`",
    "document_signature": "JSON: who signed it and when; null: nobody",
}


def upgrade() -> None:
    for name, comment in _COLUMNS.items():
        op.add_column("release", sa.Column(name, sa.Text(), comment=comment))
