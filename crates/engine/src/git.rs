//! Reads the git directory: the index, HEAD, and blobs. Opens no configuration, starts nothing.
