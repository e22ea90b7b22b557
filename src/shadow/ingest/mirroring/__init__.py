"""Further copies of files: made after storing, checked each week, made anew, deleted.

`places` says where copies go, `copying` is the durable job `mirror`, `removing` the job `unmirror`,
`scrubbing` the job `scrub`, `repairing` the job `repair`, and `starting` how each of them begins.
"""
