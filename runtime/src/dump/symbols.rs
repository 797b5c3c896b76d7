//! Names and lines for addresses.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

/// One call on a stack.
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

/// What was looked up already. Many coroutines stand at few places.
#[derive(Default)]
pub(super) struct Symbols {
    /// What is inlined at an address is several frames.
    of_address: HashMap<u64, Vec<Frame>>,
    of_stack: HashMap<Vec<u64>, Arc<[Frame]>>,
}

impl Symbols {
    /// The frames of a stack, without those of the runtime below what the program called, and above its own first one.
    pub(super) fn resolve(&mut self, stack: Vec<u64>) -> Arc<[Frame]> {
        if let Some(known) = self.of_stack.get(&stack) {
            return known.clone();
        }
        let frames: Vec<Frame> = stack.iter().flat_map(|address| self.at(*address).to_vec()).collect();
        let frames: Arc<[Frame]> = programs_own(&frames).into();
        self.of_stack.insert(stack, frames.clone());
        frames
    }

    fn at(&mut self, address: u64) -> &[Frame] {
        self.of_address.entry(address).or_insert_with(|| look_up(address))
    }
}

fn look_up(address: u64) -> Vec<Frame> {
    let mut frames = Vec::new();
    backtrace::resolve(address as usize as *mut _, |symbol| {
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
    let inner = frames[..end].iter().take_while(|frame| frame.is_ours()).count();
    &frames[inner.saturating_sub(1)..end]
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

    /// Of what lies between the bottom of a stack and the closure: the runtime, and std's `catch_unwind`.
    fn lies_below(&self) -> bool {
        let is_std = self.file.as_deref().is_some_and(|file| file.starts_with("/rustc"));
        let bare =
            ["std::panic", "core::ops::function::", "core::panic::", "__rust_try", "stack_init_trampoline"];
        self.is_ours()
            || is_std
            || self.function.is_none()
            || bare.iter().any(|of| self.function().starts_with(of))
            || self.file.as_deref().is_some_and(|file| file.iter().any(|part| is_corosensei(part)))
    }
}

fn is_corosensei(folder: &OsStr) -> bool {
    folder.to_str().is_some_and(|folder| folder.starts_with("corosensei-"))
}
