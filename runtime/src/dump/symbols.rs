//! Names and lines for addresses.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

/// One call on a stack.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let dump = gopark::run(gopark::dump);
/// let running = &dump.coroutines[0];
/// let calls: Vec<_> = running.stack.iter().filter_map(|frame| frame.function.as_deref()).collect();
/// assert!(calls.iter().any(|call| call.contains("dump")), "{calls:?}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Frame {
    /// The function, if the program tells: it was not stripped.
    pub function: Option<String>,
    /// Where it is written, if there is debug information.
    pub file: Option<PathBuf>,
    /// The line in it.
    pub line: Option<u32>,
    /// The address.
    pub address: u64,
}

/// What was looked up already: many coroutines stand at few places. What is inlined at an address is several frames.
#[derive(Default)]
pub(super) struct Symbols(HashMap<u64, Vec<Frame>>);

impl Symbols {
    /// The frames of a stack, without those of the runtime below what the program called, and above its own first one.
    pub(super) fn resolve(&mut self, stack: &[u64]) -> Arc<[Frame]> {
        let frames: Vec<Frame> = stack.iter().flat_map(|address| self.at(*address).to_vec()).collect();
        programs_own(&frames).into()
    }

    fn at(&mut self, address: u64) -> &[Frame] {
        self.0.entry(address).or_insert_with(|| look_up(address))
    }
}

fn look_up(address: u64) -> Vec<Frame> {
    let mut frames = Vec::new();
    // It takes what it is given for a return address, and looks at what is before; that is done already (walk.rs).
    backtrace::resolve((address as usize + 1) as *mut _, |symbol| {
        frames.push(Frame {
            // Without the hash at the end.
            function: symbol.name().map(|name| format!("{name:#}")),
            file: symbol.filename().map(PathBuf::from),
            line: symbol.lineno(),
            address,
        });
    });
    if frames.is_empty() {
        frames.push(Frame { function: None, file: None, line: None, address });
    }
    frames
}

/// What is of interest: from the call into the runtime, which is the one of its frames that is kept, to the closure.
fn programs_own(frames: &[Frame]) -> &[Frame] {
    let end = frames.iter().rposition(|frame| !frame.lies_below()).map_or(frames.len(), |last| last + 1);
    // The runtime calls std, which calls the runtime.
    let is_programs = |frame: &Frame| !frame.is_ours() && !frame.is_std();
    let first = frames[..end].iter().position(is_programs).unwrap_or(end);
    let begin = frames[..first].iter().rposition(Frame::is_ours).unwrap_or(0);
    &frames[begin..end]
}

impl Frame {
    fn function(&self) -> &str {
        self.function.as_deref().unwrap_or_default().trim_start_matches('<')
    }

    /// Of the runtime, or of what it switches with. What is inlined tells the last part of its name alone, but its file.
    fn is_ours(&self) -> bool {
        let is_in = |folder: &str| self.file.as_deref().is_some_and(|file| file.starts_with(folder));
        ["gopark_runtime::", "corosensei::"].iter().any(|of| self.function().starts_with(of))
            || is_in(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
    }

    fn is_std(&self) -> bool {
        self.file.as_deref().is_some_and(|file| file.starts_with("/rustc"))
    }

    /// Of what lies between the bottom of a stack and the closure: the runtime, and std's `catch_unwind`.
    fn lies_below(&self) -> bool {
        let bare =
            ["std::panic", "core::ops::function::", "core::panic::", "__rust_try", "stack_init_trampoline"];
        self.is_ours()
            || self.is_std()
            || self.function.is_none()
            || bare.iter().any(|of| self.function().starts_with(of))
            || self.file.as_deref().is_some_and(|file| file.iter().any(is_corosensei))
    }
}

fn is_corosensei(folder: &OsStr) -> bool {
    folder.to_str().is_some_and(|folder| folder.starts_with("corosensei-"))
}
