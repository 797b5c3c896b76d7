//! What the examples read their figures from, and what they show them with.
//!
//! * [`Countdown`]: waiting, as a coroutine, until many others have come to a certain point.
//! * [`Memory`]: how much memory this process takes, page tables included.
//! * [`Phase`]: a progress bar while something goes on, and one plain line when it is over.
//! * [`Table`] and [`numbers`]: figures for people.
#![forbid(unsafe_code)]

mod countdown;
mod memory;
pub mod numbers;
mod phase;
mod table;

pub use countdown::Countdown;
pub use memory::{Memory, available};
pub use phase::Phase;
pub use table::Table;
