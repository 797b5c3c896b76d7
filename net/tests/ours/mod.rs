//! What is ours alone: where we differ from std, and the bridge to it.

mod beyond_std;
mod blocked;
mod conversions;
mod copying;
mod datagrams;
mod descriptors;
mod full_send_buffer;
mod given_back;
mod joined;
mod unix;
