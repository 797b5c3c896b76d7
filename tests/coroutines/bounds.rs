//! What may be sent, shared, and used after a caught panic; checked while compiling.

use gopark::coroutine::{AccessError, Builder, Coroutine, JoinHandle, LocalKey};
use gopark::net::{TcpListener, TcpStream};
use gopark::runtime::{self, EnterGuard, Runtime};
use gopark::{Cancelled, MachineMetrics, Metrics};
use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

fn goes_everywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Debug + 'static>() {}
fn is_shared<T: Send + Sync + Unpin + Debug>() {}
fn is_value<T: Clone + PartialEq + Debug>() {}
fn is_setting<T: Clone + Default + Debug>() {}
fn is_error<T: Error + Copy + Send + Sync + 'static>() {}

#[test]
fn values_go_everywhere() {
    goes_everywhere::<Coroutine>();
    goes_everywhere::<Builder>();
    goes_everywhere::<runtime::Builder>();
    goes_everywhere::<TcpListener>();
    goes_everywhere::<TcpStream>();
    goes_everywhere::<Metrics>();
    goes_everywhere::<MachineMetrics>();
    goes_everywhere::<Cancelled>();
    goes_everywhere::<AccessError>();
}

#[test]
fn runtimes_and_handles_are_sent_and_shared() {
    is_shared::<Runtime>();
    is_shared::<JoinHandle<String>>();
    // A reference to the handle gives no result, so the result need not be shareable.
    is_shared::<JoinHandle<Cell<u8>>>();
}

#[test]
fn keys_are_statics_whatever_they_hold() {
    is_shared::<LocalKey<Rc<u8>>>();
    is_shared::<LocalKey<Cell<u8>>>();
}

#[test]
fn errors_are_errors_and_values_are_values() {
    is_error::<Cancelled>();
    is_error::<AccessError>();
    is_value::<Coroutine>();
    is_value::<Metrics>();
    is_value::<MachineMetrics>();
    is_setting::<Builder>();
    is_setting::<runtime::Builder>();
}

/// A guard belongs to the thread that entered. If it were `Send`, two implementations would apply and `answer`
/// would be ambiguous.
#[test]
fn guards_stay_on_their_thread() {
    trait Ambiguous<Case> {
        fn answer() -> bool {
            true
        }
    }
    enum IfSend {}
    impl<T: ?Sized> Ambiguous<()> for T {}
    impl<T: ?Sized + Send> Ambiguous<IfSend> for T {}
    assert!(<EnterGuard<'static> as Ambiguous<_>>::answer());
}
