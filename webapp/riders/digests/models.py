"""The table of choices."""

from uuid import UUID

from sqlalchemy import Boolean, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class DigestChoice(Base):
    """Which weekly digests an account gets. None without a row."""

    __tablename__ = "digest_choices"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account. Workers read the rows of a region in this order.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Whether it gets the digest of its rides.
    rider: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    #: Whether it gets the digest of its vehicles.
    owner: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


#: ``user.digest_choice`` comes with the account where a page asks for it.
User.digest_choice = relationship(DigestChoice, uselist=False, viewonly=True, lazy="raise")
