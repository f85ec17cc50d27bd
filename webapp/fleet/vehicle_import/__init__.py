"""Adding many vehicles from a CSV or XLSX file: upload, preview, and adding all or none."""
