"""What people decide about content: submissions, the blocklist, take-downs, over HTTP."""
