"""The extensions, without an application; ``create_app`` binds them."""

from flask_babel import Babel
from flask_bcrypt import Bcrypt
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_mailman import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Parent of all models; names every constraint, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(column_0_label)s",
        }
    )


babel = Babel()
bcrypt = Bcrypt()
bootstrap = Bootstrap5()
csrf = CSRFProtect()
db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"autoflush": False, "expire_on_commit": False},
)
login_manager = LoginManager()
mailman = Mail()
