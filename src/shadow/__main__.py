"""`python -m shadow` is `shadow`."""

from shadow.app.cli import main

main()
