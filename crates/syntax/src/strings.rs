//! The value of a string with a map back to its source: through escapes, indentation and interpolation.
