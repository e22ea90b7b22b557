"""What every slice stands on: settings, database, jobs, events, plugins, logs, HTTP, processes.

Owns no part of the product. The only package that starts processes and builds HTTP clients.
"""
