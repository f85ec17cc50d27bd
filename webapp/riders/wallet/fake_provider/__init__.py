"""A payment provider for development and tests: nobody pays, and no money moves.

webapp/riders/wallet/provider.py loads it by the setting FAKE_PAYMENT_PROVIDER, and only where
PAYMENT_PROVIDER is "test".
"""

from webapp.riders.wallet.fake_provider.checkouts import FakeProvider
from webapp.riders.wallet.fake_provider.controllers import bp

__all__ = ["FakeProvider", "bp"]
