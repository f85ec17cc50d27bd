"""One action of staff with many vehicles: preview, a job that does it, results, undoing it."""
