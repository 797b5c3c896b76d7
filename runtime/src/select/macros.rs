//! The syntax of `select!`.
//!
//! The arms are taken apart one by one (`@parse`, `@body`), then made, each inside the scope of the one before (`@make`),
//! so that their channels may be temporaries. The innermost scope waits, and goes to the body of the arm that was chosen
//! (`@dispatch`). The value of a send is computed there, so that other bodies may use what it would move.

/// Waits until one of several things can happen, and does it: exactly one.
///
/// ```text
/// select! {
///     recv(receiver) -> result => body,           Result<T, RecvError>
///     send(sender, value) -> result => body,      Result<(), SendError<T>>
///     readable(socket) -> result => body,         io::Result<()>: data, a connection to accept, or the end
///     writable(socket) -> result => body,         io::Result<()>: room to write, or the end
///     default => body,                            at once, if nothing else can happen
///     default(duration) => body,                  after that time
/// }
/// ```
///
/// The syntax and the rules are crossbeam-channel's. If several arms can happen one is picked at random. The value of a
/// `send` is computed after its arm has been chosen, so that of another arm is never computed, and nothing gets lost. A
/// channel whose other side is gone can happen, and its result is an error: a loop that is to go on with its other arms
/// puts [`never()`](crate::face::chan::never) in the place of such a receiver. The body's value is that of the whole.
///
/// About 50 ns for four channels of which one can happen, and a question to the kernel, 200 ns, for each socket. A plain
/// thread blocks, and asks for sockets every millisecond.
///
/// # Cancellation
/// In a cancelled coroutine one arm runs with its error, or, if there is one, the default arm.
///
/// # Panics
/// Inside `no_park`, if it has to wait.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::Duration;
///
/// gopark::run(|| {
///     let (sender, receiver) = gopark::chan::bounded(0);
///     let (quit, quits) = gopark::chan::bounded::<()>(0);
///     gopark::go(move || {
///         (1..=3).for_each(|i| sender.send(i).unwrap());
///         drop(quit);
///         gopark::coroutine::park();
///     });
///     let mut sum = 0;
///     loop {
///         gopark::select! {
///             recv(receiver) -> value => sum += value.unwrap(),
///             recv(quits) -> _ => break,
///             default(Duration::from_secs(10)) => panic!("nobody sends"),
///         }
///     }
///     assert_eq!(sum, 6);
/// });
/// ```
#[macro_export]
macro_rules! select {
    ($($tokens:tt)*) => {
        $crate::__select!(@parse () () $($tokens)*)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@parse () ()) => {
        ::std::compile_error!("a select! without arms would wait for ever")
    };
    (@parse $arms:tt $default:tt) => {
        $crate::__select!(@make $default () $arms)
    };
    (@parse $arms:tt $default:tt recv($channel:expr $(,)?) -> $result:pat => $($rest:tt)*) => {
        $crate::__select!(@body $arms $default (recv ($channel) ($result)) $($rest)*)
    };
    (@parse $arms:tt $default:tt send($channel:expr, $value:expr $(,)?) -> $result:pat => $($rest:tt)*) => {
        $crate::__select!(@body $arms $default (send ($channel) ($result) [$value]) $($rest)*)
    };
    (@parse $arms:tt $default:tt readable($socket:expr $(,)?) -> $result:pat => $($rest:tt)*) => {
        $crate::__select!(@body $arms $default (readable ($socket) ($result)) $($rest)*)
    };
    (@parse $arms:tt $default:tt writable($socket:expr $(,)?) -> $result:pat => $($rest:tt)*) => {
        $crate::__select!(@body $arms $default (writable ($socket) ($result)) $($rest)*)
    };
    (@parse $arms:tt () default $(())? => $($rest:tt)*) => {
        $crate::__select!(@body $arms () (default (::std::time::Duration::ZERO)) $($rest)*)
    };
    (@parse $arms:tt () default($patience:expr $(,)?) => $($rest:tt)*) => {
        $crate::__select!(@body $arms () (default ($patience)) $($rest)*)
    };
    (@parse $arms:tt ($($first:tt)+) default $($rest:tt)*) => {
        ::std::compile_error!("a select! has one default arm at most")
    };
    (@parse $arms:tt $default:tt $($rest:tt)+) => {
        ::std::compile_error!(::std::concat!(
            "expected `recv(channel) -> result => body`, `send(channel, value) -> result => body`, \
             `readable(socket) -> result => body`, `writable(socket) -> result => body`, \
             `default => body` or `default(duration) => body` in a select!, found: ",
            ::std::stringify!($($rest)+)
        ))
    };

    (@body $arms:tt $default:tt $head:tt $body:block, $($rest:tt)*) => {
        $crate::__select!(@push $arms $default $head ($body) $($rest)*)
    };
    (@body $arms:tt $default:tt $head:tt $body:block $($rest:tt)*) => {
        $crate::__select!(@push $arms $default $head ($body) $($rest)*)
    };
    (@body $arms:tt $default:tt $head:tt $body:expr, $($rest:tt)*) => {
        $crate::__select!(@push $arms $default $head ($body) $($rest)*)
    };
    (@body $arms:tt $default:tt $head:tt $body:expr) => {
        $crate::__select!(@push $arms $default $head ($body))
    };

    (@push $arms:tt () (default $patience:tt) $body:tt $($rest:tt)*) => {
        $crate::__select!(@parse $arms ($patience $body) $($rest)*)
    };
    (@push ($($arms:tt)*) $default:tt $head:tt $body:tt $($rest:tt)*) => {
        $crate::__select!(@parse ($($arms)* ($head $body)) $default $($rest)*)
    };

    (@make $default:tt ($($made:tt)*) ((($kind:ident ($channel:expr) $($head:tt)*) $body:tt) $($arms:tt)*)) => {
        match $channel {
            ref channel => {
                let arm = $crate::__select!(@arm $kind channel);
                $crate::__select!(@make $default ($($made)* (arm $kind $($head)* $body)) ($($arms)*))
            }
        }
    };
    (@make $default:tt ($(($arm:ident $($head:tt)*))*) ()) => {{
        let patience = $crate::__select!(@patience $default);
        let chosen = $crate::face::select_arms::select(
            [$(&$arm as &dyn $crate::face::select_arms::Arm),*],
            patience,
        );
        $crate::__select!(@dispatch chosen (0) $default $(($arm $($head)*))*)
    }};

    (@arm recv $channel:ident) => { $crate::face::select_arms::ReceiveArm::new($channel) };
    (@arm send $channel:ident) => { $crate::face::select_arms::SendArm::new($channel) };

    (@arm readable $socket:ident) => { $crate::face::select_arms::ReadyArm::readable($socket) };
    (@arm writable $socket:ident) => { $crate::face::select_arms::ReadyArm::writable($socket) };

    (@patience ()) => { ::std::option::Option::None };
    (@patience (($patience:expr) $body:tt)) => { ::std::option::Option::Some($patience) };

    (@dispatch $chosen:ident $number:tt ()) => {
        ::std::unreachable!("one arm of a select! is chosen")
    };
    (@dispatch $chosen:ident $number:tt ($patience:tt ($body:expr))) => { $body };
    (@dispatch $chosen:ident ($number:expr) $default:tt
        ($arm:ident $kind:ident ($result:pat) $([$value:expr])? ($body:expr)) $($arms:tt)*) => {
        if $chosen == ::std::option::Option::Some($number) {
            let result = $crate::__select!(@finish $arm $kind $($value)?);
            let $result = result;
            $body
        } else {
            $crate::__select!(@dispatch $chosen ($number + 1) $default $($arms)*)
        }
    };

    (@finish $arm:ident send $value:expr) => { $arm.begin().finish($value) };
    (@finish $arm:ident $kind:ident) => { $arm.finish() };
}
