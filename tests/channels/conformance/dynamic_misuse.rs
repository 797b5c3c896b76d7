//! What `Select` refuses, and what it does without any operation.

use crate::subject::{Select, bounded, unbounded};
use crate::trial::trial;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(20);

/// Fails unless `misuse` panics and says `why`.
#[track_caller]
fn refuses(why: &str, misuse: impl FnOnce()) {
    let payload = catch_unwind(AssertUnwindSafe(misuse)).expect_err("it panics");
    let said = payload.downcast_ref::<String>().cloned();
    let said = said.or_else(|| payload.downcast_ref::<&str>().map(|said| (*said).to_owned()));
    let said = said.expect("it says why");
    assert!(said.contains(why), "it said: {said}");
}

/// It would be for ever.
#[test]
fn waiting_for_nothing_is_refused() {
    trial(|| {
        let why = "no operations have been added to `Select`";
        refuses(why, || drop(Select::new().select()));
        refuses(why, || assert!(Select::new().ready() > 0));
        refuses(why, || drop(Select::new().select_timeout(Duration::MAX)));
        let (_tx, rx) = unbounded::<u8>();
        let mut select = Select::new();
        let only = select.recv(&rx);
        select.remove(only);
        refuses(why, || assert!(select.ready() > 0));
    });
}

#[test]
fn nothing_is_not_ready() {
    trial(|| {
        assert!(Select::new().try_select().is_err());
        assert!(Select::new().try_ready().is_err());
        let begun = Instant::now();
        assert!(Select::new().select_timeout(BRIEF).is_err());
        assert!(begun.elapsed() >= BRIEF);
        assert!(Select::new().ready_timeout(BRIEF).is_err());
        assert!(begun.elapsed() >= 2 * BRIEF);
    });
}

#[test]
fn removing_what_is_not_there_is_refused() {
    trial(|| {
        let (tx, rx) = bounded::<u8>(1);
        let mut select = Select::new();
        refuses("index out of bounds", || select.remove(0));
        let (send, receive) = (select.send(&tx), select.recv(&rx));
        refuses("index out of bounds", || select.remove(2));
        select.remove(receive);
        refuses("no operation with this index", || select.remove(receive));
        assert_eq!(select.ready(), send);
    });
}

/// The other side may have been promised something.
#[test]
fn a_selected_operation_must_be_completed() {
    trial(|| {
        let why = "dropped `SelectedOperation` without completing the operation";
        let (tx, _rx) = bounded::<u8>(1);
        let mut select = Select::new();
        select.send(&tx);
        refuses(why, || drop(select.select()));
        let (tx, rx) = bounded(1);
        tx.send(1).unwrap();
        let mut select = Select::new();
        select.recv(&rx);
        refuses(why, || drop(select.try_select()));
    });
}

#[test]
fn it_tells_what_it_is_and_goes_where_it_is_needed() {
    fn goes_anywhere<T: Send + Sync>(_: &T) {}
    trial(|| {
        let (tx, _rx) = bounded(1);
        let mut select = Select::new();
        select.send(&tx);
        goes_anywhere(&select);
        let ready = select.select();
        assert_eq!(format!("{select:?} {ready:?}"), "Select { .. } SelectedOperation { .. }");
        ready.send(&tx, 1).unwrap();
    });
}
