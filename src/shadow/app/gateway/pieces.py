"""The text of nginx's configuration. `%name` is filled in by `configuration`."""

from typing import Final

WHOLE: Final = """\
# Written by `shadow gateway --whole`. Start it with `nginx -p FOLDER -c THIS_FILE`.
worker_processes auto;
worker_rlimit_nofile 16384;
pid nginx.pid;
error_log stderr warn;
events {
    worker_connections 4096;
}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;

@http@
}
"""

HTTP: Final = """\
# Written by `shadow gateway` from the settings of Shadow Systems: write it anew when they change.
# It holds secrets: only root may read it.

%maps
map "$shadow_behind_proxy $http_x_forwarded_proto" $shadow_scheme {
    default $scheme;
    "1 https" https;
    "1 http" http;
}
map $http_upgrade $shadow_connection {
    default upgrade;
    "" "";
}
# A link is judged here only if it claims to be signed; the server judges everything else.
map "$arg_md5$arg_expires" $shadow_signed {
    default signed;
    "" "";
}
map "$shadow_signed:$secure_link" $shadow_link {
    default "";
    "signed:" altered;
    "signed:0" expired;
}
# nginx says `Accept-Ranges` with whole files only.
map $http_range $shadow_accept_ranges {
    default bytes;
    "" "";
}
# One process makes the segments of one film.
map $uri $shadow_hls_file {
    default $uri;
    "~^/hls/(?<shadow_hls_id>[^/]+)/" $shadow_hls_id;
}

%upstreams

proxy_cache_path %cache_dir levels=1:2 use_temp_path=off
    keys_zone=shadow_slices:%{keys_mib}m max_size=%cache_bytes inactive=30d;

server {
%server
}
"""

SERVER: Final = """\
%listen
%server_name
# TLS is yours to set up:
#     listen 443 ssl http2;
#     ssl_certificate     /etc/letsencrypt/live/media.example.org/fullchain.pem;
#     ssl_certificate_key /etc/letsencrypt/live/media.example.org/privkey.pem;
#     add_header Strict-Transport-Security "max-age=31536000" always;
# and in place of `listen 80` a server of its own: return 301 https://$host$request_uri;

server_tokens off;
sendfile on;
tcp_nopush on;
tcp_nodelay on;
keepalive_timeout 75s;
# A paused player holds its connection: ten minutes, then it comes back by range.
send_timeout 10m;
client_max_body_size 64m;
%real_ip

proxy_http_version 1.1;
proxy_connect_timeout 5s;
proxy_read_timeout 120s;
# Only answers to /stream may redirect inside; see there.
proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Charset X-Accel-Buffering;

# Headers that the server sent already are not sent twice.
%security

location / {
    %from_people
    error_page 502 504 = @shadow_away;
    proxy_pass http://shadow_app;
}

# What changes is told as it happens: nothing may be held back.
location = /api/events {
    %from_people
    proxy_buffering off;
    proxy_read_timeout 1h;
    gzip off;
    proxy_pass http://shadow_app;
}

# Uploads (tus) have limits of their own and are written as they come.
location ^~ /api/uploads {
    %from_people
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_read_timeout 1h;
    proxy_pass http://shadow_app;
}

# An archive of a season may be large: it passes through.
location ~ ^/api/titles/[^/]+/seasons/[0-9]+/pack\\. {
    %from_people
    proxy_max_temp_file_size 0;
    proxy_pass http://shadow_app;
}

location ^~ /socket.io/ {
    %from_people
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $shadow_connection;
    proxy_buffering off;
    proxy_read_timeout 1h;
    proxy_pass http://shadow_app;
}

# The token in the address is judged by the server each time; browsers keep segments as long as it
# holds, and the server keeps them for everybody else.
location ^~ /hls/ {
    %from_people
    error_page 502 504 = @shadow_away;
    proxy_max_temp_file_size 0;
    proxy_buffers 16 64k;
    proxy_pass http://shadow_hls;
}

# Metrics are asked of each process.
location = /metrics {
    return 404;
}

# Bytes of files: a signed link is judged before anything else. Then the server says whether the
# person may have the file now, and where it is, by X-Accel-Redirect.
location ^~ /stream/ {
    secure_link $arg_md5,$arg_expires;
    secure_link_md5 "$secure_link_expires$uri %secret";
    default_type application/problem+json;
    if ($shadow_link = altered) {
        return 403 "%altered";
    }
    if ($shadow_link = expired) {
        return 410 "%expired";
    }
    set $shadow_uri $uri;
    %asking
    proxy_ignore_headers X-Accel-Limit-Rate X-Accel-Charset X-Accel-Buffering;
    error_page 502 504 = @shadow_away;
    proxy_pass http://shadow_app;
}

location = /internal {
    return 404;
}
location ^~ /internal/ {
    internal;
    return 404;
}

# A file of a library folder, by its own path: none of its folders is a link.
location ^~ /internal/files/ {
    %files
}
%data_folder

# A file of a storage far away, in slices that nginx keeps. Its name in the cache holds its version
# (the strong ETag), so a changed file is another one. If it changed since the server was asked,
# If-Range does not hold, and the whole new file comes instead of a slice.
#
# No error_page here: it would put its page into the middle of a film whose next slice fails. Nor
# are stale slices served or updated in the background: a slice of a version never changes.
location = /internal/slices {
    internal;
    set $shadow_etag $upstream_http_etag;
    set $shadow_id $upstream_http_x_request_id;
    slice 1m;
    %fetching
    proxy_set_header Range $slice_range;
    proxy_set_header If-Range $shadow_etag;
    proxy_cache shadow_slices;
    proxy_cache_key "$shadow_uri $shadow_etag $slice_range";
    proxy_cache_valid 206 30d;
    proxy_cache_lock on;
    proxy_cache_lock_timeout 120s;
    proxy_cache_lock_age 120s;
    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Redirect X-Accel-Expires
        X-Accel-Limit-Rate X-Accel-Charset X-Accel-Buffering;
    proxy_next_upstream error timeout http_502 http_503;
    %hidden
    proxy_hide_header Cache-Control;
    proxy_hide_header Content-Disposition;
    %own_security
    add_header X-Request-Id $shadow_id always;
    add_header X-Shadow-Cache $upstream_cache_status;
    add_header Accept-Ranges $shadow_accept_ranges;
    proxy_pass http://shadow_streams$shadow_uri;
}

# Everything that nginx would answer differently (HEAD, several ranges, conditions): uncached.
location = /internal/engine {
    internal;
    %fetching
    proxy_max_temp_file_size 0;
    proxy_buffers 16 64k;
    error_page 502 504 = @shadow_away;
    proxy_pass http://shadow_streams$shadow_uri;
}

# A file that nginx may not open: the engine may, and if not it says why.
location @shadow_unopened {
    %fetching
    proxy_max_temp_file_size 0;
    proxy_buffers 16 64k;
    proxy_hide_header Cache-Control;
    proxy_hide_header Content-Disposition;
    proxy_pass http://shadow_streams$shadow_uri;
}

location @shadow_away {
    default_type application/problem+json;
    add_header Retry-After 5 always;
    %own_security
    return 503 "%away";
}
"""

FILES: Final = """\
internal;
set $shadow_etag $upstream_http_etag;
set $shadow_modified $upstream_http_last_modified;
set $shadow_id $upstream_http_x_request_id;
alias "%alias/";
disable_symlinks on;
etag off;
%own_security
add_header ETag $shadow_etag;
add_header Last-Modified $shadow_modified;
add_header X-Request-Id $shadow_id always;
add_header Accept-Ranges $shadow_accept_ranges;
error_page 403 404 500 = @shadow_unopened;
"""

FORWARDED: Final = """\
proxy_set_header Host $http_host;
proxy_set_header Connection "";
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto $shadow_scheme;
"""
