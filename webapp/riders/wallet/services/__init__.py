"""What changes the wallet: payments, payouts, credit, closing."""
