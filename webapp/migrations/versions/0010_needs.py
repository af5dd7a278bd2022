"""Training needs, assessment rounds with their answers, and typed edges between any two objects."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _links()
    _needs()
    _rounds()
    _answers()


def downgrade() -> None:
    op.drop_table("assessment_reply_topic")
    op.drop_table("assessment_rating")
    op.drop_index(op.f("ix_assessment_topic_round_id"), table_name="assessment_topic")
    op.drop_table("assessment_topic")
    op.drop_index(op.f("ix_assessment_reply_round_id"), table_name="assessment_reply")
    op.drop_table("assessment_reply")
    op.drop_index(op.f("ix_need_topic"), table_name="need")
    op.drop_index(op.f("ix_need_status"), table_name="need")
    op.drop_index(op.f("ix_need_organisation_id"), table_name="need")
    op.drop_index(op.f("ix_need_changed_at"), table_name="need")
    op.drop_index(op.f("ix_need_author_id"), table_name="need")
    op.drop_table("need")
    op.drop_index("ix_link_to", table_name="link")
    op.drop_table("link")
    op.drop_index(op.f("ix_assessment_round_status"), table_name="assessment_round")
    op.drop_table("assessment_round")


def _links() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_kind", sa.String(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("to_kind", sa.String(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("extent", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_link_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("from_kind", "from_id", "relation", "to_kind", "to_id", name="uq_link_edge"),
    )
    op.create_index("ix_link_to", "link", ["to_kind", "to_id", "relation"])


def _needs() -> None:
    op.create_table(
        "need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("cross_cutting", sa.String(), nullable=False),
        sa.Column("incidents", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("rank_band", sa.String(), nullable=False),
        sa.Column("officers", sa.Integer(), nullable=True),
        sa.Column("level_now", sa.Integer(), nullable=False),
        sa.Column("level_wanted", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("marking", sa.String(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level_now BETWEEN 1 AND 5", name=op.f("ck_need_level_now_1_to_5")),
        sa.CheckConstraint("level_wanted BETWEEN 1 AND 5", name=op.f("ck_need_level_wanted_1_to_5")),
        sa.CheckConstraint("urgency BETWEEN 1 AND 6", name=op.f("ck_need_urgency_1_to_6")),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_need_author_id_user")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_need_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_need_owner_id_user")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_need_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_need")),
    )
    op.create_index(op.f("ix_need_author_id"), "need", ["author_id"])
    op.create_index(op.f("ix_need_changed_at"), "need", ["changed_at"])
    op.create_index(op.f("ix_need_organisation_id"), "need", ["organisation_id"])
    op.create_index(op.f("ix_need_status"), "need", ["status"])
    op.create_index(op.f("ix_need_topic"), "need", ["topic"])


def _rounds() -> None:
    op.create_table(
        "assessment_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["user.id"], name=op.f("fk_assessment_round_opened_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_round")),
    )
    op.create_index(op.f("ix_assessment_round_status"), "assessment_round", ["status"])
    op.create_table(
        "assessment_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("is_strategic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["assessment_round.id"], name=op.f("fk_assessment_topic_round_id_assessment_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_topic")),
        sa.UniqueConstraint("round_id", "topic", name="uq_assessment_topic"),
    )
    op.create_index(op.f("ix_assessment_topic_round_id"), "assessment_topic", ["round_id"])


def _answers() -> None:
    op.create_table(
        "assessment_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["user.id"], name=op.f("fk_assessment_reply_answered_by_user")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assessment_reply_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["assessment_round.id"], name=op.f("fk_assessment_reply_round_id_assessment_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_reply")),
        sa.UniqueConstraint("round_id", "organisation_id", name="uq_assessment_reply"),
    )
    op.create_index(op.f("ix_assessment_reply_round_id"), "assessment_reply", ["round_id"])
    op.create_table(
        "assessment_reply_topic",
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("officers", sa.Integer(), nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "urgency IS NULL OR urgency BETWEEN 1 AND 6", name=op.f("ck_assessment_reply_topic_reply_urgency_1_to_6")
        ),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["assessment_reply.id"], name=op.f("fk_assessment_reply_topic_reply_id_assessment_reply")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["assessment_topic.id"], name=op.f("fk_assessment_reply_topic_topic_id_assessment_topic")
        ),
        sa.PrimaryKeyConstraint("reply_id", "topic_id", name=op.f("pk_assessment_reply_topic")),
    )
    op.create_table(
        "assessment_rating",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("respondent_id", sa.Integer(), nullable=False),
        sa.Column("importance", sa.Integer(), nullable=False),
        sa.Column("ability", sa.Integer(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ability BETWEEN 1 AND 5", name=op.f("ck_assessment_rating_ability_1_to_5")),
        sa.CheckConstraint("importance BETWEEN 1 AND 5", name=op.f("ck_assessment_rating_importance_1_to_5")),
        sa.ForeignKeyConstraint(["respondent_id"], ["user.id"], name=op.f("fk_assessment_rating_respondent_id_user")),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["assessment_topic.id"], name=op.f("fk_assessment_rating_topic_id_assessment_topic")
        ),
        sa.PrimaryKeyConstraint("topic_id", "respondent_id", name=op.f("pk_assessment_rating")),
    )
