//! The errors: what they say, what they give back, and what they can be made of.

use crate::subject::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError, SendTimeoutError,
    TryReadyError, TryRecvError, TrySelectError, TrySendError, unbounded,
};
use crate::trial::trial;
use std::error::Error;

/// No value that is sent need be `Debug`.
struct Opaque;

/// An error, as `?` wants it; what it displays and what it debugs as, in quotation marks or without.
fn texts<E: Error>(error: E) -> [String; 2] {
    [error.to_string(), format!("{error:?}").trim_matches('"').to_owned()]
}

#[test]
fn send_errors_tell_what_happened_and_nothing_of_the_value() {
    trial(|| {
        let gone = "sending on a disconnected channel";
        assert_eq!(texts(SendError(Opaque)), [gone, "SendError(..)"]);
        assert_eq!(texts(TrySendError::Disconnected(Opaque)), [gone, "Disconnected(..)"]);
        assert_eq!(texts(TrySendError::Full(Opaque)), ["sending on a full channel", "Full(..)"]);
        assert_eq!(texts(SendTimeoutError::Disconnected(Opaque)), [gone, "SendTimeoutError(..)"]);
        let late = "timed out waiting on send operation";
        assert_eq!(texts(SendTimeoutError::Timeout(Opaque)), [late, "SendTimeoutError(..)"]);
    });
}

#[test]
fn receive_errors_tell_what_happened() {
    trial(|| {
        let gone = "receiving on an empty and disconnected channel";
        assert_eq!(texts(RecvError), [gone, "RecvError"]);
        assert_eq!(texts(TryRecvError::Disconnected), [gone, "Disconnected"]);
        assert_eq!(texts(TryRecvError::Empty), ["receiving on an empty channel", "Empty"]);
        let gone = "channel is empty and disconnected";
        assert_eq!(texts(RecvTimeoutError::Disconnected), [gone, "Disconnected"]);
        let late = "timed out waiting on receive operation";
        assert_eq!(texts(RecvTimeoutError::Timeout), [late, "Timeout"]);
    });
}

#[test]
fn select_errors_tell_what_happened() {
    trial(|| {
        let busy = "all operations in select would block";
        assert_eq!(texts(TrySelectError), [busy, "TrySelectError"]);
        assert_eq!(texts(SelectTimeoutError), ["timed out waiting on select", "SelectTimeoutError"]);
        assert_eq!(format!("{TryReadyError:?} {ReadyTimeoutError:?}"), "TryReadyError ReadyTimeoutError");
    });
}

#[test]
fn the_value_comes_back() {
    trial(|| {
        assert_eq!(SendError(1).into_inner(), 1);
        assert_eq!(SendError(1).0, 1);
        assert_eq!(TrySendError::Full(2).into_inner(), 2);
        assert_eq!(TrySendError::Disconnected(3).into_inner(), 3);
        assert_eq!(SendTimeoutError::Timeout(4).into_inner(), 4);
        assert_eq!(SendTimeoutError::Disconnected(5).into_inner(), 5);
    });
}

#[test]
fn each_error_is_what_it_is_and_nothing_else() {
    trial(|| {
        let is = |error: TrySendError<u8>| [error.is_full(), error.is_disconnected()];
        assert_eq!(is(TrySendError::Full(1)), [true, false]);
        assert_eq!(is(TrySendError::Disconnected(1)), [false, true]);
        let is = |error: SendTimeoutError<u8>| [error.is_timeout(), error.is_disconnected()];
        assert_eq!(is(SendTimeoutError::Timeout(1)), [true, false]);
        assert_eq!(is(SendTimeoutError::Disconnected(1)), [false, true]);
        let is = |error: TryRecvError| [error.is_empty(), error.is_disconnected()];
        assert_eq!(is(TryRecvError::Empty), [true, false]);
        assert_eq!(is(TryRecvError::Disconnected), [false, true]);
        let is = |error: RecvTimeoutError| [error.is_timeout(), error.is_disconnected()];
        assert_eq!(is(RecvTimeoutError::Timeout), [true, false]);
        assert_eq!(is(RecvTimeoutError::Disconnected), [false, true]);
    });
}

#[test]
fn the_error_of_the_plain_call_becomes_that_of_the_others() {
    trial(|| {
        assert_eq!(TrySendError::from(SendError(1)), TrySendError::Disconnected(1));
        assert_eq!(SendTimeoutError::from(SendError(1)), SendTimeoutError::Disconnected(1));
        assert_eq!(TryRecvError::from(RecvError), TryRecvError::Disconnected);
        assert_eq!(RecvTimeoutError::from(RecvError), RecvTimeoutError::Disconnected);
    });
}

#[test]
fn errors_are_values_like_their_contents() {
    fn copied<T: Copy + Clone + Eq>(value: &T) -> T {
        *value
    }
    trial(|| {
        assert!(copied(&SendError(1)) != SendError(2));
        assert!(copied(&TrySendError::Full(1)) != TrySendError::Disconnected(1));
        assert!(copied(&SendTimeoutError::Timeout(1)) != SendTimeoutError::Disconnected(1));
        assert_eq!(copied(&RecvError), RecvError);
        assert!(copied(&TryRecvError::Empty) != TryRecvError::Disconnected);
        assert!(copied(&RecvTimeoutError::Timeout) != RecvTimeoutError::Disconnected);
        assert_eq!(copied(&TrySelectError), TrySelectError);
        assert_eq!(copied(&SelectTimeoutError), SelectTimeoutError);
        assert_eq!(copied(&TryReadyError), TryReadyError);
        assert_eq!(copied(&ReadyTimeoutError), ReadyTimeoutError);
    });
}

#[test]
fn errors_pass_through_a_question_mark() {
    fn there_and_back(value: String) -> Result<String, Box<dyn Error + Send + Sync>> {
        let (tx, rx) = unbounded();
        tx.send(value)?;
        let value = rx.recv()?;
        drop(rx);
        tx.try_send(value)?;
        unreachable!("nobody is there to receive it")
    }
    trial(|| {
        let error = there_and_back("a value".to_owned()).expect_err("the second send fails");
        let error = error.downcast::<TrySendError<String>>().expect("it is what the call said");
        assert_eq!(error.into_inner(), "a value");
    });
}
