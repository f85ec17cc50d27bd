"""Profiles of riders."""

from uuid import UUID

from sqlalchemy import String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class Profile(Base):
    """The profile of a rider, beside the account; absent until it is saved, and then shown to
    nobody."""

    __tablename__ = "profiles"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: What the rider writes about themselves; other riders see it.
    about: Mapped[str] = mapped_column(String(500))
    #: Whether riders who are signed in see the profile. Rows of releases before this column show
    #: it, as these did.
    shown_to_riders: Mapped[bool] = mapped_column(server_default=true())
    #: Whether they see when the rider was last active, in coarse words.
    shows_last_active: Mapped[bool] = mapped_column(server_default=false())
    #: Whether they see about how many rides the rider had.
    shows_ride_count: Mapped[bool] = mapped_column(server_default=false())
