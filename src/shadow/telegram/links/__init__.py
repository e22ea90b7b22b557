"""Connections to data centres: MTProto 2.0 over TCP, written for large answers."""
