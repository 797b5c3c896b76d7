//! Go's classic channel programs, with known answers.
