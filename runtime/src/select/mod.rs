//! Waiting for the first of several: `select!` for arms that are known, `Select` for lists of them.

mod arms;
mod dynamic;
mod macros;

pub use arms::{Arm, ReadyArm, ReceiveArm, SendArm, SendTurn, select};
pub use dynamic::{Select, SelectedOperation};
