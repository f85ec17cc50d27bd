"""The pages of accounts: getting in, getting back in, and looking after one's own.

One file for each errand; all are of the blueprint ``auth``.
"""

from webapp.auth.controllers import account as account
from webapp.auth.controllers import entrance as entrance
from webapp.auth.controllers import others as others
from webapp.auth.controllers import recovery as recovery
from webapp.auth.controllers import second_factor as second_factor
from webapp.auth.controllers import staff as staff
from webapp.auth.controllers.blueprint import bp as bp
