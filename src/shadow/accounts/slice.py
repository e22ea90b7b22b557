"""What `app` needs to know of accounts."""

from shadow.accounts.routes import router
from shadow.accounts.settings import AccountsSettings
from shadow.runtime.slices import Slice

SLICE = Slice(name="accounts", router=router, settings=AccountsSettings)
