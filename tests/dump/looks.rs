//! Looking until there is to be seen what is on its way, and how what was seen is asked about.

use std::path::Path;

use crate::eventually::eventually;
use gopark::JoinHandle;
use gopark::dump::{CoroutineState, Dump, Frame, State, WaitsFor};
use serde_json::Value;

/// The first dump of which `condition` holds.
#[track_caller]
pub(crate) fn dump_when(what: &str, mut condition: impl FnMut(&Dump) -> bool) -> Dump {
    let mut seen = None;
    eventually(what, || {
        let dump = gopark::dump();
        let holds = condition(&dump);
        seen = Some(dump);
        holds
    });
    seen.expect("there was a look")
}

/// The first look at this coroutine of which `condition` holds.
#[track_caller]
pub(crate) fn seen<T>(
    whom: &JoinHandle<T>,
    what: &str,
    condition: impl Fn(&CoroutineState) -> bool,
) -> CoroutineState {
    let id = whom.coroutine().id();
    let dump = dump_when(what, |dump| dump.coroutine(id).is_some_and(&condition));
    dump.coroutine(id).expect("the look was at it").clone()
}

/// What this coroutine waits for, when it does.
#[track_caller]
pub(crate) fn wait_of<T>(whom: &JoinHandle<T>) -> WaitsFor {
    let seen = seen(whom, "it waits", |look| is_waiting(look) && look.waits_for != Some(WaitsFor::Pause));
    seen.waits_for.expect("it waits for something")
}

pub(crate) fn is_waiting(look: &CoroutineState) -> bool {
    look.state == State::Waiting && look.waits_for.is_some()
}

/// A call in `file`, as `file!()` says it, on this line.
pub(crate) fn has_call(look: &CoroutineState, file: &str, line: u32) -> bool {
    place_of_call(look, file, line).is_some()
}

/// The same: which of the frames it is, the innermost being 0.
pub(crate) fn place_of_call(look: &CoroutineState, file: &str, line: u32) -> Option<usize> {
    look.stack.iter().position(|frame| frame.line == Some(line) && is_in(frame, file))
}

pub(crate) fn is_in(frame: &Frame, file: &str) -> bool {
    frame.file.as_deref().is_some_and(|of| of.ends_with(Path::new(file)))
}

/// The text about these coroutines and no others: the process has those of other tests too.
pub(crate) fn text_about(dump: &Dump, ids: &[u64]) -> String {
    let mut dump = dump.clone();
    dump.coroutines.retain(|look| ids.contains(&look.id));
    dump.to_string()
}

/// What the JSON form says of the coroutine with this id.
#[track_caller]
pub(crate) fn json_of(json: &Value, id: u64) -> &Value {
    let coroutines = json["coroutines"].as_array().expect("a list");
    coroutines.iter().find(|look| look["id"] == id).unwrap_or_else(|| panic!("no {id} in {json}"))
}

/// Whether what the JSON form says of a coroutine has a call on this line.
pub(crate) fn json_has_call(look: &Value, file: &str, line: u32) -> bool {
    let frames = look["stack"].as_array().expect("a list");
    frames.iter().any(|frame| {
        frame["line"] == line && frame["file"].as_str().is_some_and(|of| Path::new(of).ends_with(file))
    })
}
