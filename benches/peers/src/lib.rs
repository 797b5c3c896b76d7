//! gopark beside its rivals: the same work, in turn, each time in a process of its own.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- --peer gopark,may --workload yield-2 --rounds 21
//! ```
//!
//! | module | what it has |
//! |---|---|
//! | `workload` | what is measured, and how much of it |
//! | `figure` | what is told of it |
//! | `library` | what is asked of a library in whose coroutines calls block |
//! | `blocking`, `waiting` | the work, for all of these |
//! | `served` | servers |
//! | `load` | their clients, in a process of their own |
//! | `usage` | what a process takes |
//! | `peers` | the libraries; what suits one of them alone |
//! | `rounds` | who is measured when |
//! | `report` | the table, the JSON, the charts |
//!
//! What libraries do where others go wrong is shown by another program, `probes`. It is a crate of its own: which calls are
//! inlined here may depend on who else calls the same.

mod blocking;
pub mod command;
mod figure;
pub mod library;
pub mod load;
pub mod machine;
pub mod peers;
pub mod report;
pub mod rounds;
pub mod served;
mod spread;
mod usage;
pub mod waiting;
mod workload;
