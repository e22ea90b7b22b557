"""Who people are: users, sign-in, sessions, API tokens, one-time links, roles, sign-in limits.

Owns those tables and answers “who is this?” for a cookie or a token. Refuses to know what anyone
watches or reads.
"""
