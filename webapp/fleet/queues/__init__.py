"""What the queues of staff share, those of reports and of disputes: filters and assignment."""
