"""The inspector app: a small server on this computer that reads runs for a page in the browser."""
