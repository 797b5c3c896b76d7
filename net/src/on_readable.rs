//! A coroutine for a connection only while there is something to do.

use gopark_runtime::face::coroutine::JoinHandle;
use gopark_runtime::io::Selectable;

/// Starts a coroutine that runs `f` on `socket`, as [`go`](gopark_runtime::face::go) does, but not before there is something
/// to read, or the end, or an error. **Until then there is no stack:** what is kept of a connection that is idle are some
/// 300 bytes, instead of a page or two.
///
/// `f` reads what has come, and passes the socket on to the next `on_readable` when there is no more. Any socket will do, a
/// listener too; a clone of one, or an `Arc`, if others have it as well.
///
/// * It begins at once if there is something already. Bytes that lie in a buffer of your own, a
///   [`BufReader`](std::io::BufReader) or a TLS session, count only if your type says so, by [`Selectable::has_unread`].
/// * It may begin for nothing: then the first read waits, as always. To be sure ask [`readable`](crate::TcpStream::readable).
/// * A [read deadline](crate::TcpStream::set_read_deadline) heeds it too: when it has passed, or is moved to the past, `f`
///   begins, and its first read answers `TimedOut`. A read timeout begins to count with that read.
/// * A cancellation through the handle, or by the end of the runtime, has `f` begin likewise: its first read fails. What is
///   to begin after the runtime was told to stop is dropped, and with it the socket.
///
/// # Cost
///
/// That of `go`, and one poll(2), if it is not known that everything was read. The first one in a runtime takes two
/// descriptors, for all.
///
/// # Panics
///
/// As `go`: where no runtime is current, and where there is no room for another coroutine. What cannot be watched begins at
/// once, and its first read says why.
///
/// # Examples
///
/// An echo server for connections of which most are idle:
///
/// ```
/// use std::io::{Read, Write};
/// use gopark_net::{TcpListener, TcpStream, on_readable};
/// use gopark_runtime::face as gopark;
///
/// fn echo(mut stream: TcpStream) {
///     let mut buf = [0; 1024];
///     if let Ok(n @ 1..) = stream.read(&mut buf)
///         && stream.write_all(&buf[..n]).is_ok()
///     {
///         on_readable(stream, echo);
///     }
/// }
///
/// gopark::run(|| {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut client = TcpStream::connect(listener.local_addr()?)?;
///     on_readable(listener.accept()?.0, echo);
///
///     let mut heard = [0; 5];
///     for word in [b"hello", b"again"] {
///         client.write_all(word)?;
///         client.read_exact(&mut heard)?;
///         assert_eq!(&heard, word);
///     }
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn on_readable<S, F, T>(socket: S, f: F) -> JoinHandle<T>
where
    S: Selectable + Send + 'static,
    F: FnOnce(S) -> T + Send + 'static,
    T: Send + 'static,
{
    gopark_runtime::io::on_readable(socket, f)
}
