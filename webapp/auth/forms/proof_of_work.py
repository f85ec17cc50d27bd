"""A proof of work: part of forms that robots send."""

from wtforms import HiddenField
from wtforms.validators import Length

from webapp.auth import proof_of_work
from webapp.web.rate_limits import Bucket


class ProofOfWorkField:
    """The solution that static/js/proof_of_work.js finds; mostly nobody asks for one."""

    altcha = HiddenField(validators=[Length(max=proof_of_work.MAX_LENGTH)])

    @property
    def proof_bucket(self) -> Bucket | None:
        """What counts the only use of the solution; None: there is none."""
        return proof_of_work.read_proof(self.altcha.data)
