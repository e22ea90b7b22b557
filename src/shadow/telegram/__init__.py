"""Telegram: the accounts that this installation logs in with, and what they carry.

Owns sessions (log-ins of bots and people), their keys, their connections to Telegram's data
centres and the swarm that shares them out. It honours flood waits and limits; it never imitates
what a person does. Only this slice knows the Telegram library. It knows nothing of titles.
"""
