"""The pages of accounts: signing in, recovery, account settings; all of the blueprint ``auth``."""

from webapp.auth.controllers import account as account
from webapp.auth.controllers import login as login
from webapp.auth.controllers import oidc as oidc
from webapp.auth.controllers import recovery as recovery
from webapp.auth.controllers import second_factor as second_factor
from webapp.auth.controllers import staff as staff
from webapp.auth.controllers.blueprint import bp as bp
