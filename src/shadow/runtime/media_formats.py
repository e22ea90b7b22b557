"""Which containers are opened, by PyAV and by the FFmpeg program alike."""

# None that names other files, such as a playlist: that would be read and shown as part of a film.
FORMATS = (
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpegts,mpeg,mpegvideo,asf,flv,live_flv,ogg,rm,nut,"
    "mxf,gxf,wtv,dv,ivf,obu,av1,h264,hevc,vc1,m4v,"
    "mp3,flac,aac,ac3,eac3,dts,dtshd,truehd,mlp,wav,w64,aiff,caf,au,ape,wv,tta,tak,mpc,mpc8,dsf,"
    "iff,amr,amrnb,amrwb,oma,shn,spdif"
)

FAR_PROTOCOLS = "http,tcp"
"""What a file that is lent over loopback (`runtime.range_server`) may be read by."""
FAR_SILENCE = "90000000"
"""Microseconds for which it may send nothing; the storage behind it gives up before that."""
