"""The extensions, without an application; ``create_app`` binds them."""

from flask_babel import Babel
from flask_bcrypt import Bcrypt
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from webapp.schema import Base

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
migrate = Migrate()
