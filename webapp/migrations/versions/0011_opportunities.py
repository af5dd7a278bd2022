"""Opportunities, officers' profiles, nominations with their gates, scores and report-backs."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gate_setting",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_gate_setting")),
    )
    op.create_table(
        "officer_profile",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("service_since", sa.Date(), nullable=True),
        sa.Column("posting", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("post_topics", sa.JSON(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("supervisor_id", sa.Integer(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("passport_until", sa.Date(), nullable=True),
        sa.Column("clearance_until", sa.Date(), nullable=True),
        sa.Column("medical_until", sa.Date(), nullable=True),
        sa.Column("barred_until", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_revision", sa.Integer(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["user.id"], name=op.f("fk_officer_profile_confirmed_by_user")),
        sa.ForeignKeyConstraint(["supervisor_id"], ["user.id"], name=op.f("fk_officer_profile_supervisor_id_user")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_officer_profile_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_officer_profile")),
    )
    with op.batch_alter_table("officer_profile", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officer_profile_supervisor_id"), ["supervisor_id"], unique=False)

    op.create_table(
        "opportunity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("host_country", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("is_remote", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("language_level", sa.String(), nullable=False),
        sa.Column("costs", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("seat_cap", sa.Integer(), nullable=True),
        sa.Column("min_service_years", sa.Integer(), nullable=True),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("rendered_by", sa.Integer(), nullable=False),
        sa.Column("refs", sa.JSON(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("marking", sa.String(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column("import_digest", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_opportunity_author_id_user")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_opportunity_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_opportunity_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint("import_digest", name=op.f("uq_opportunity_import_digest")),
    )
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opportunity_deadline"), ["deadline"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunity_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunity_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opportunity_state"), ["state"], unique=False)

    op.create_table(
        "nomination",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("motivation", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("is_named_by_host", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.String(), nullable=False),
        sa.Column("merit", sa.Float(), nullable=True),
        sa.Column("seat_number", sa.Integer(), nullable=True),
        sa.Column("reserve_number", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("override_reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("seat_days", sa.Integer(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("is_reminded", sa.Boolean(), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("appeal_state", sa.String(), nullable=False),
        sa.Column("appeal_answer", sa.String(), nullable=False),
        sa.Column("appeal_by", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["appeal_by"], ["user.id"], name=op.f("fk_nomination_appeal_by_user")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_nomination_decided_by_user")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_nomination_opportunity_id_opportunity")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_nomination_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["replaces_id"], ["nomination.id"], name=op.f("fk_nomination_replaces_id_nomination")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_nomination_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination")),
        sa.UniqueConstraint("opportunity_id", "user_id", name=op.f("uq_nomination_opportunity_id_user_id")),
    )
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nomination_opportunity_id"), ["opportunity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nomination_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nomination_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_nomination_user_id"), ["user_id"], unique=False)

    op.create_table(
        "panelist",
        sa.Column("opportunity_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("is_third", sa.Boolean(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_panelist_opportunity_id_opportunity")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_panelist_user_id_user")),
        sa.PrimaryKeyConstraint("opportunity_id", "user_id", name=op.f("pk_panelist")),
    )
    op.create_table(
        "conflict_of_interest",
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nomination.id"], name=op.f("fk_conflict_of_interest_nomination_id_nomination")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_conflict_of_interest_user_id_user")),
        sa.PrimaryKeyConstraint("nomination_id", "user_id", name=op.f("pk_conflict_of_interest")),
    )
    op.create_table(
        "gate_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nomination.id"], name=op.f("fk_gate_outcome_nomination_id_nomination")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_outcome")),
        sa.UniqueConstraint("nomination_id", "code", name=op.f("uq_gate_outcome_nomination_id_code")),
    )
    with op.batch_alter_table("gate_outcome", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gate_outcome_nomination_id"), ["nomination_id"], unique=False)

    op.create_table(
        "nomination_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_nomination_step_by_user")),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nomination.id"], name=op.f("fk_nomination_step_nomination_id_nomination")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomination_step")),
    )
    with op.batch_alter_table("nomination_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nomination_step_nomination_id"), ["nomination_id"], unique=False)

    op.create_table(
        "report_back",
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("report_due", sa.Date(), nullable=False),
        sa.Column("share_due", sa.Date(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_ref", sa.String(), nullable=False),
        sa.Column("briefing", sa.String(), nullable=False),
        sa.Column("briefed", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["nomination_id"], ["nomination.id"], name=op.f("fk_report_back_nomination_id_nomination")
        ),
        sa.PrimaryKeyConstraint("nomination_id", name=op.f("pk_report_back")),
    )
    op.create_table(
        "score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("scorer_id", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["nomination_id"], ["nomination.id"], name=op.f("fk_score_nomination_id_nomination")),
        sa.ForeignKeyConstraint(["scorer_id"], ["user.id"], name=op.f("fk_score_scorer_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint("nomination_id", "scorer_id", name=op.f("uq_score_nomination_id_scorer_id")),
    )
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_score_nomination_id"), ["nomination_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("score", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_score_nomination_id"))

    op.drop_table("score")
    op.drop_table("report_back")
    with op.batch_alter_table("nomination_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nomination_step_nomination_id"))

    op.drop_table("nomination_step")
    with op.batch_alter_table("gate_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gate_outcome_nomination_id"))

    op.drop_table("gate_outcome")
    op.drop_table("conflict_of_interest")
    op.drop_table("panelist")
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nomination_user_id"))
        batch_op.drop_index(batch_op.f("ix_nomination_state"))
        batch_op.drop_index(batch_op.f("ix_nomination_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_nomination_opportunity_id"))

    op.drop_table("nomination")
    with op.batch_alter_table("opportunity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opportunity_state"))
        batch_op.drop_index(batch_op.f("ix_opportunity_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_opportunity_kind"))
        batch_op.drop_index(batch_op.f("ix_opportunity_deadline"))

    op.drop_table("opportunity")
    with op.batch_alter_table("officer_profile", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officer_profile_supervisor_id"))

    op.drop_table("officer_profile")
    op.drop_table("gate_setting")
