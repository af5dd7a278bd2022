"""Organisations are retired and name who reviews for them; spaces have leaders and requests to join."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reviewed_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_organisation_reviewed_by_id_organisation"), "organisation", ["reviewed_by_id"], ["id"]
        )
    with op.batch_alter_table("space_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_leader", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("space_member", schema=None) as batch_op:
        batch_op.alter_column("is_leader", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    op.create_table(
        "join_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_join_request_decided_by_user")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_join_request_space_id_space")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_join_request_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
    )
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_join_request_space_id"), ["space_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_join_request_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_join_request_user_id"))
        batch_op.drop_index(batch_op.f("ix_join_request_space_id"))
    op.drop_table("join_request")
    with op.batch_alter_table("space_member", schema=None) as batch_op:
        batch_op.drop_column("is_leader")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_organisation_reviewed_by_id_organisation"), type_="foreignkey")
        batch_op.drop_column("retired_at")
        batch_op.drop_column("reviewed_by_id")
