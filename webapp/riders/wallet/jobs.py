"""Jobs of the wallet: settling payments, and checking the ledger."""

from webapp.jobs.kinds import NoPayload, PermanentJobError, RunningJob
from webapp.riders.wallet.services.ledger_audit import check_ledger
from webapp.riders.wallet.services.settlement import settle_all


def settle_payments(_: NoPayload, job: RunningJob) -> None:
    """Settle pending top-ups as the provider says, and send pending payouts."""
    settle_all()


def find_ledger_errors(_: NoPayload, job: RunningJob) -> None:
    """Check the ledger. What is wrong becomes the error of the job, which admins see."""
    if findings := check_ledger():
        raise PermanentJobError("; ".join(findings))
