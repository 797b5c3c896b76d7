//! The records of the trace event format, as far as they are used here.
//!
//! Times are microseconds, with the nanoseconds behind the point.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::sys::clock::Nanos;

/// One element of `traceEvents`.
#[derive(Debug, Serialize)]
pub(super) struct Record<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) cat: &'static str,
    /// What it is: `X` an interval, `i` an instant, `s` and `f` the ends of an arrow, `b` and `e` those of a span that is
    /// on no thread, `M` a name.
    pub(super) ph: char,
    pub(super) ts: Micros,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dur: Option<Micros>,
    pub(super) pid: u32,
    pub(super) tid: u32,
    /// Which arrow, or whose span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// Of the end of an arrow: it goes to the interval around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bp: Option<char>,
    /// Of an instant: it belongs to its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) s: Option<char>,
    #[serde(skip_serializing_if = "Args::is_empty")]
    pub(super) args: Args<'a>,
}

/// Whatever else there is to say.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) struct Args<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) coroutine: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spawned_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) via: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sort_index: Option<u32>,
}

impl Args<'_> {
    fn is_empty(&self) -> bool {
        matches!(
            self,
            Args {
                coroutine: None,
                spawned_at: None,
                why: None,
                first: None,
                by: None,
                via: None,
                machine: None,
                count: None,
                name: None,
                sort_index: None,
            }
        )
    }
}

/// A time since the begin of the trace, or a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Micros(pub(super) Nanos);

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Exact up to 104 days.
        serializer.serialize_f64(self.0 as f64 / 1e3)
    }
}
