//! Recording what a program does, and asking what was recorded.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gopark::trace::{self, Summary};
use tempfile::TempDir;

use crate::schema::{self, Record};

/// Keeps the other tests of this target waiting as long as it lives: a trace is the process's.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that was written, and what is in it.
pub(crate) struct Trace {
    pub(crate) records: Vec<Record>,
    pub(crate) summary: Summary,
}

/// Records `program`, which starts runtimes and stops them: so all that it has woken has run.
pub(crate) fn trace(program: impl FnOnce()) -> Trace {
    let _turn = alone();
    let folder = folder();
    trace::start(in_folder(&folder)).expect("it can be written");
    program();
    let trace = Trace::of(trace::stop().expect("it was written"));
    if trace.summary.lost == 0 {
        trace.is_complete();
    }
    trace
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn in_folder(folder: &TempDir) -> PathBuf {
    folder.path().join("trace.json")
}

impl Trace {
    /// The file that `summary` speaks of.
    pub(crate) fn of(summary: Summary) -> Trace {
        let text = std::fs::read_to_string(&summary.path).expect("the file is there");
        Trace { records: schema::check(&text), summary }
    }

    pub(crate) fn named<'a>(&'a self, ph: &'a str, name: &'a str) -> impl Iterator<Item = &'a Record> {
        self.records.iter().filter(move |record| record.ph == ph && record.name == name)
    }

    /// The runs of coroutines, in the order of their begins.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| record.cat == "run")
    }

    pub(crate) fn runs_that(&self, why: &str) -> usize {
        self.runs().filter(|run| run.arg("why") == Some(why)).count()
    }

    /// The name of a track.
    pub(crate) fn track(&self, tid: u64) -> &str {
        let name = self.named("M", "thread_name").find(|name| name.tid == tid).expect("it has a name");
        name.arg("name").expect("that is what it is for")
    }

    /// Each run of a coroutine follows from something: the first one from its spawn, one after a wait from a wake-up. All
    /// that was woken has run, and all that has run came to its end.
    fn is_complete(&self) {
        let waits = self.named("i", "has not run since").count();
        assert_eq!(waits, 0, "woken, and never run");
        let arrows: HashMap<(u64, u64), &Record> = self
            .records
            .iter()
            .filter(|record| record.ph == "f")
            .map(|record| ((record.tid, record.begin), record))
            .collect();
        let mut before: HashMap<u64, &Record> = HashMap::new();
        for run in self.runs() {
            let arrow = arrows.get(&(run.tid, run.begin)).map(|arrow| arrow.name.as_str());
            let expected = match before.insert(run.coroutine(), run).map(|before| before.arg("why").unwrap())
            {
                None => Some("spawn"),
                Some("park" | "blocked on its stack") => Some("wake"),
                Some("yield" | "preempted" | "park skipped") => None,
                Some(ended) => panic!("it runs on although it was {ended}: {run:?}"),
            };
            // One that is abandoned is run once more, woken or not.
            assert!(arrow == expected || run.arg("why") == Some("abandoned"), "{run:?} by {arrow:?}");
        }
        for last in before.values() {
            let why = last.arg("why").unwrap();
            assert!(matches!(why, "finished" | "panicked" | "abandoned"), "{last:?}");
        }
    }
}
