//! Example programs for gopark.
