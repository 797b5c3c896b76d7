//! Where the program spends its time: samples of its stacks, by the crate `pprof`.

use std::fmt::Write;
use std::thread;
use std::time::Duration;

use pprof::protos::Message;
use pprof::{ProfilerGuardBuilder, Report};

use super::answer::Answer;

/// Samples a second of CPU time, as Go's; a little beside what programs do in rounds.
const FREQUENCY: i32 = 99;

/// Samples the process for `duration`. `is_folded`: as text, a line for each stack; else as the protocol buffer that
/// `go tool pprof` reads.
///
/// # Errors
/// Another one is being taken.
pub(super) fn take(duration: Duration, is_folded: bool) -> Result<Answer, Answer> {
    let refuse = |error: pprof::Error| Answer::refusal(409, &error.to_string());
    let profiler = ProfilerGuardBuilder::default().frequency(FREQUENCY).build().map_err(refuse)?;
    thread::sleep(duration);
    let report = profiler.report().build().map_err(refuse)?;
    if is_folded {
        return Ok(Answer::text(folded(&report)));
    }
    let profile = report.pprof().map_err(refuse)?;
    Ok(Answer::binary(profile.encode_to_vec()))
}

/// `thread;outermost;..;innermost count`, as flame graphs are drawn from.
fn folded(report: &Report) -> String {
    let mut text = String::new();
    for (stack, count) in &report.data {
        text += &stack.thread_name;
        let outermost_first = stack.frames.iter().rev().flat_map(|symbols| symbols.iter().rev());
        outermost_first.for_each(|symbol| {
            text.push(';');
            text += &symbol.name();
        });
        // A string takes everything.
        let _ = writeln!(text, " {count}");
    }
    text
}
