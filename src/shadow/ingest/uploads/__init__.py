"""Uploads that survive a broken line: a server of tus 1.0.0 (https://tus.io/protocols).

`headers` reads what clients say, `writing` puts bytes on the disk, `receiving` is what the server
does with them, `keeping` knows where they lie and when they go.
"""
