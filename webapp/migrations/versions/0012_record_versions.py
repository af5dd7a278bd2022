"""Versions of records and proposed changes of them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("writer_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_revision_record_id_record")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_record_revision_reviewer_id_user")),
        sa.ForeignKeyConstraint(["writer_id"], ["user.id"], name=op.f("fk_record_revision_writer_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_revision")),
    )
    with op.batch_alter_table("record_revision", schema=None) as batch_op:
        for column in ("record_id", "state", "writer_id"):
            batch_op.create_index(batch_op.f(f"ix_record_revision_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("record_revision")
