"""aria2 as an engine: http, https, ftp, magnet links and torrents. `SHADOW_ARIA2__…`.

Each process runs an aria2 daemon of its own, started with the first download, on loopback, behind a
secret. It keeps nothing: what a job fetches is added by the job, under an id made of the job's key,
and goes on from the control file in the job's sandbox. All its requests over HTTP and FTP go
through the filtering proxy. Peers of BitTorrent cannot: aria2 connects to any address that a
tracker, the DHT or another peer names, private ones too, speaking BitTorrent and nothing else.
Keep such a worker in a network of its own where that matters.
"""

from shadow.plugins.source_aria2.plugin import PLUGIN

__all__ = ["PLUGIN"]
