"""Log-ins: credentials, keys kept from start to start, leases, and calls to an account's home."""
