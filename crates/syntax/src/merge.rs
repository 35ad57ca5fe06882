//! Attribute sets as Nix merges them: which bindings make one attribute, which are in conflict.
