"""Choosing how to be told by mail."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from core.errors import InvalidValue
from core.mail.models import Delivery, MailPreference
from core.uow import UnitOfWork


class PreferenceDraft(BaseModel):
    """What a person may choose."""

    delivery: Delivery
    hour: int = Field(default=7, ge=0, le=23)
    weekday: int = Field(default=0, ge=0, le=6)
    quiet_from: int | None = Field(default=None, ge=0, le=23)
    quiet_until: int | None = Field(default=None, ge=0, le=23)

    @model_validator(mode="after")
    def _both_ends(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise InvalidValue("Quiet hours have a beginning and an end.")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise InvalidValue("Quiet hours cannot last all day: choose no mail instead.")
        return self


def choose(work: UnitOfWork, user_id: int, draft: PreferenceDraft) -> None:
    """Store what a person chose."""
    row = work.session.get(MailPreference, user_id) or MailPreference(user_id=user_id)
    row.delivery, row.chosen_at = draft.delivery.value, work.now
    row.hour, row.weekday = draft.hour, draft.weekday
    row.quiet_from, row.quiet_until = draft.quiet_from, draft.quiet_until
    work.session.add(row)
    work.audit("mail.preference_changed", delivery=row.delivery)


def stop(work: UnitOfWork, user_id: int) -> None:
    """No mail from now on: what the link in a mail does."""
    row = work.session.get(MailPreference, user_id) or MailPreference(user_id=user_id)
    row.delivery = Delivery.OFF.value
    work.session.add(row)
    work.audit("mail.stopped", actor_id=user_id)
