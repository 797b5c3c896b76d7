//! Showing that a model notices a mistake.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

static QUIET: Once = Once::new();

/// Runs `model`, which works on a mutant.
///
/// # Panics
/// If the model passes, or fails with a message that does not contain `symptom`: then something else broke.
pub fn assert_caught(model: impl FnOnce(), symptom: &str) {
    QUIET.call_once(silence_expected_panics);
    EXPECTED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(model));
    EXPECTED.set(false);
    match outcome {
        Ok(()) => panic!("the model has not noticed the mutation"),
        Err(payload) => {
            let message = text(&*payload);
            println!("{message}");
            assert!(message.contains(symptom), "expected a failure with `{symptom}`, got: {message}");
        }
    }
}

/// Panics of other threads, where other tests run, are printed as ever. Loom runs the threads of a model on the
/// thread that called it.
fn silence_expected_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !EXPECTED.get() {
            print(info);
        }
    }));
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}
