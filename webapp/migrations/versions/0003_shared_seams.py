"""Recipients, topics, tags and attachments belong to any object, by kind and id; the library's rows move there.

Schema and data in one step, against the rule: the rows move from tables that go to tables that come, and half of it would
be an instance whose markings are in neither. So the version before does not run on this schema: stop it, then upgrade.
Attachments keep their numbers, which are in addresses and in the index; nothing is indexed, embedded or read again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

KIND = "record"


def upgrade() -> None:
    _create_tables()
    _fill_tables()
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
        sa.CheckConstraint(
            "(organisation_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_recipient_one_of_the_two")
        ),
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


def _fill_tables() -> None:
    for name in ("topic", "tag"):
        op.execute(
            f"INSERT INTO object_{name} (kind, object_id, {name}) SELECT '{KIND}', record_id, {name} FROM record_{name}"
        )
    # One by one: the table before did not refuse the same recipient twice.
    for name in ("organisation_id", "user_id"):
        op.execute(
            f"INSERT INTO recipient (kind, object_id, {name}) SELECT DISTINCT '{KIND}', record_id, {name} "
            f"FROM record_recipient WHERE {name} IS NOT NULL ORDER BY record_id, {name}"
        )


def _rebuild_attachment() -> None:
    with op.batch_alter_table("attachment") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=True))
        table.add_column(sa.Column("object_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("replaced_by", sa.Integer(), nullable=True))
    op.execute(f"UPDATE attachment SET kind = '{KIND}', object_id = record_id")
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
    for name in ("topic", "tag"):
        op.execute(f"INSERT INTO record_{name} (record_id, {name}) SELECT object_id, {name} FROM object_{name}")
    op.execute(
        "INSERT INTO record_recipient (record_id, organisation_id, user_id) "
        "SELECT object_id, organisation_id, user_id FROM recipient ORDER BY id"
    )
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
    for table, where in (
        ("attachment", f"kind <> '{KIND}' OR replaced_by IS NOT NULL"),
        *((name, f"kind <> '{KIND}'") for name in ("recipient", "object_topic", "object_tag")),
    ):
        count = connection.execute(sa.text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()
        if count:
            raise RuntimeError(
                f"{count} rows of {table} have no place in the schema before: they are of another kind than records, or "
                "earlier versions of files. Remove them first, or restore the backup from before the upgrade."
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
