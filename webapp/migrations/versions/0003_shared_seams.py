"""Recipients, topics, tags and attachments belong to any object, by kind and id; the library's rows move there.

Schema and data in one step, against the rule: the rows move from tables that go to tables that come, and half of it would
be an instance whose markings are in neither. So the version before does not run on this schema: stop it, then upgrade.
Attachments keep their numbers, which are in addresses and in the index; nothing is indexed, embedded or read again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOVES = (
    "INSERT INTO object_topic (kind, object_id, topic) SELECT 'record', record_id, topic FROM record_topic",
    "INSERT INTO object_tag (kind, object_id, tag) SELECT 'record', record_id, tag FROM record_tag",
    # Each once: the table before did not refuse the same recipient twice.
    (
        "INSERT INTO recipient (kind, object_id, organisation_id) SELECT DISTINCT 'record', record_id, organisation_id"
        " FROM record_recipient WHERE organisation_id IS NOT NULL ORDER BY record_id, organisation_id"
    ),
    (
        "INSERT INTO recipient (kind, object_id, user_id) SELECT DISTINCT 'record', record_id, user_id"
        " FROM record_recipient WHERE user_id IS NOT NULL ORDER BY record_id, user_id"
    ),
)
MOVES_BACK = (
    "INSERT INTO record_topic (record_id, topic) SELECT object_id, topic FROM object_topic",
    "INSERT INTO record_tag (record_id, tag) SELECT object_id, tag FROM object_tag",
    (
        "INSERT INTO record_recipient (record_id, organisation_id, user_id)"
        " SELECT object_id, organisation_id, user_id FROM recipient ORDER BY id"
    ),
)
WITHOUT_PLACE = (
    "SELECT count(*) FROM object_topic WHERE kind <> 'record'",
    "SELECT count(*) FROM object_tag WHERE kind <> 'record'",
    "SELECT count(*) FROM recipient WHERE kind <> 'record'",
    "SELECT count(*) FROM attachment WHERE kind <> 'record' OR replaced_by IS NOT NULL",
)


def upgrade() -> None:
    _create_tables()
    for statement in MOVES:
        op.execute(statement)
    _rebuild_attachment()
    for name in ("record_recipient", "record_tag", "record_topic"):
        op.drop_table(name)


def _create_tables() -> None:
    for name in ("topic", "tag"):
        op.create_table(
            f"object_{name}",
            sa.Column("kind", sa.String(), nullable=False),
            sa.Column("object_id", sa.Integer(), nullable=False),
            sa.Column(name, sa.String(), nullable=False),
            sa.PrimaryKeyConstraint("kind", "object_id", name, name=op.f(f"pk_object_{name}")),
        )
        op.create_index(op.f(f"ix_object_{name}_{name}"), f"object_{name}", [name])
    op.create_table(
        "recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(organisation_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_recipient_one_of_the_two")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_recipient_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recipient_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
    )
    op.create_index(op.f("ix_recipient_kind_object_id"), "recipient", ["kind", "object_id"])
    op.create_index(op.f("ix_recipient_organisation_id"), "recipient", ["organisation_id"])
    op.create_index(op.f("ix_recipient_user_id"), "recipient", ["user_id"])
    op.create_table(
        "upload_day",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_upload_day_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_upload_day")),
    )
    op.create_table(
        "unused_file",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_unused_file")),
    )


def _rebuild_attachment() -> None:
    with op.batch_alter_table("attachment") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=True))
        table.add_column(sa.Column("object_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("replaced_by", sa.Integer(), nullable=True))
    op.execute("UPDATE attachment SET kind = 'record', object_id = record_id")
    with op.batch_alter_table("attachment") as table:
        table.drop_index("ix_attachment_record_id")
        table.drop_constraint("uq_attachment_record_id_sha256", type_="unique")
        table.drop_constraint("fk_attachment_record_id_record", type_="foreignkey")
        table.drop_column("record_id")
        table.alter_column("kind", existing_type=sa.String(), nullable=False)
        table.alter_column("object_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f("fk_attachment_replaced_by_attachment"), "attachment", ["replaced_by"], ["id"])
        table.create_index(op.f("ix_attachment_kind_object_id"), ["kind", "object_id"])
        table.create_index(op.f("ix_attachment_replaced_by"), ["replaced_by"])


def downgrade() -> None:
    """Refuses when an object of another kind is marked, tagged or has files, or a file has versions: it has no place there."""
    _refuse_what_has_no_place()
    _recreate_tables()
    for statement in MOVES_BACK:
        op.execute(statement)
    with op.batch_alter_table("attachment") as table:
        table.drop_index("ix_attachment_replaced_by")
        table.drop_index("ix_attachment_kind_object_id")
        table.drop_constraint("fk_attachment_replaced_by_attachment", type_="foreignkey")
        table.drop_column("replaced_by")
        table.drop_column("kind")
        table.alter_column("object_id", new_column_name="record_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("attachment") as table:
        table.create_unique_constraint(op.f("uq_attachment_record_id_sha256"), ["record_id", "sha256"])
        table.create_foreign_key(op.f("fk_attachment_record_id_record"), "record", ["record_id"], ["id"])
        table.create_index(op.f("ix_attachment_record_id"), ["record_id"])
    for name in ("unused_file", "upload_day", "recipient", "object_tag", "object_topic"):
        op.drop_table(name)


def _refuse_what_has_no_place() -> None:
    connection = op.get_bind()
    rows = sum(connection.execute(sa.text(statement)).scalar_one() for statement in WITHOUT_PLACE)
    if rows:
        raise RuntimeError(
            f"{rows} rows have no place in the schema before: they belong to other things than records, or are earlier "
            "versions of files. Remove them first, or restore the backup from before the upgrade."
        )


def _recreate_tables() -> None:
    for name in ("topic", "tag"):
        op.create_table(
            f"record_{name}",
            sa.Column("record_id", sa.Integer(), nullable=False),
            sa.Column(name, sa.String(), nullable=False),
            sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f(f"fk_record_{name}_record_id_record")),
            sa.PrimaryKeyConstraint("record_id", name, name=op.f(f"pk_record_{name}")),
        )
        op.create_index(op.f(f"ix_record_{name}_{name}"), f"record_{name}", [name])
    op.create_table(
        "record_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_record_recipient_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_recipient_record_id_record")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_record_recipient_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_recipient")),
        sa.UniqueConstraint(
            "record_id",
            "organisation_id",
            "user_id",
            name=op.f("uq_record_recipient_record_id_organisation_id_user_id"),
        ),
    )
    op.create_index(op.f("ix_record_recipient_record_id"), "record_recipient", ["record_id"])
