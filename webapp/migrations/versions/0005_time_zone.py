"""A time zone for each person; empty means the bureau's."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.alter_column("time_zone", existing_type=sa.String(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("time_zone")
