"""The slice cache: pieces of far objects kept on this machine's disk, shared by its processes."""
