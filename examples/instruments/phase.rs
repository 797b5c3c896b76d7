//! Progress, on a terminal and elsewhere.

use std::fmt;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const BAR: &str = "{prefix} [{bar:20}] {wide_msg}";

/// One stretch of a program, from its start to a sentence about how it went.
///
/// On a terminal there is a bar as long as it lasts. Where stderr is no terminal the bar stays silent, and the start
/// is announced by a plain line instead. Either way the end leaves one plain line. All of it goes to stderr: what a
/// program has to say in the end can be piped away from it.
pub struct Phase {
    bar: ProgressBar,
    began: Instant,
}

impl Phase {
    /// Begins something that is over at `total`; `name` says what it is: "opening".
    pub fn begin(name: &'static str, total: u64) -> Phase {
        let bar = ProgressBar::new(total);
        bar.set_style(ProgressStyle::with_template(BAR).expect("a template that was tried"));
        bar.set_prefix(name);
        if bar.is_hidden() {
            eprintln!("{name} ..");
        } else {
            bar.tick();
        }
        Phase { bar, began: Instant::now() }
    }

    /// How far it is, and what there is to say about that. The terminal is written to twenty times a second at most,
    /// the text is made only for that.
    pub fn at(&self, position: u64, say: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(say());
            self.bar.set_position(position);
        }
    }

    /// How long it has lasted.
    pub fn lasts(&self) -> Duration {
        self.began.elapsed()
    }

    /// A line that stays, without disturbing the bar.
    pub fn remark(&self, line: impl fmt::Display) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Ends it: the bar gives way to a line.
    pub fn end(self, line: impl fmt::Display) {
        self.bar.finish_and_clear();
        eprintln!("{line}");
    }
}

/// A phase that is given up leaves its bar as it was, so that one sees how far it came, and a new line for what there
/// is to say about it.
impl Drop for Phase {
    fn drop(&mut self) {
        if !self.bar.is_finished() && !self.bar.is_hidden() {
            self.bar.abandon();
            eprintln!();
        }
    }
}
