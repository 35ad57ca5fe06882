//! Operator precedence: does an expression need parentheses in a given place?
