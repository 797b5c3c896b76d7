//! What is ours alone: where we differ from std, and the bridge to it.

mod beyond_std;
mod blocked;
mod conversions;
mod datagrams;
mod descriptors;
mod full_send_buffer;
mod unix;
