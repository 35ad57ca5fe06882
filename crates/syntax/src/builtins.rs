//! The builtins of all Nix implementations, and which of them are bound without a prefix.
