"""The job that sends text messages."""

from webapp.jobs.kinds import RunningJob
from webapp.sms import EncryptedSms, send_encrypted


def send_sms(sms: EncryptedSms, job: RunningJob) -> None:
    """Send a message to the phone of an account."""
    send_encrypted(sms, job)
