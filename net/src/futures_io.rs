//! `AsyncRead` and `AsyncWrite` for the streams: what async crates ask for that bring no reactor of their own.
//!
//! A future over them runs under [`block_on`](gopark_runtime::face::block_on), or under any other executor of a thread that
//! has entered a runtime. Where there is none, a call that would have to wait blocks its thread.
//!
//! Deadlines of the stream count, timeouts do not; a cancelled coroutine is told so as by any other call.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use gopark_runtime::io::{Direction, has_runtime};
use rustix::io::Errno;
use rustix::net::{recv, send};

use crate::Shutdown;
use crate::connection::{Connection, RECEIVE, SEND};
use crate::tcp::TcpStream;
use crate::unix::UnixStream;

macro_rules! futures_io_for {
    ($($stream:ty),+) => {
        $(
            /// Reads what has arrived. See the methods of the same names without `poll_`.
            impl AsyncRead for $stream {
                fn poll_read(
                    self: Pin<&mut Self>,
                    context: &mut Context<'_>,
                    buf: &mut [u8],
                ) -> Poll<io::Result<usize>> {
                    receive(&self.connection, context, buf)
                }
            }

            /// Writes what there is room for; to flush is nothing, to close is to shut the writing side down.
            impl AsyncWrite for $stream {
                fn poll_write(
                    self: Pin<&mut Self>,
                    context: &mut Context<'_>,
                    buf: &[u8],
                ) -> Poll<io::Result<usize>> {
                    poll(&self.connection, Direction::Write, context, |connection| {
                        Ok(send(connection, buf, SEND)?)
                    })
                }

                fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                    Poll::Ready(Ok(()))
                }

                fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                    Poll::Ready(close(&self.connection))
                }
            }
        )+
    };
}

futures_io_for!(TcpStream, &TcpStream, UnixStream, &UnixStream);

fn receive(connection: &Connection, context: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
    if buf.is_empty() {
        return Poll::Ready(Ok(0));
    }
    connection.check(Direction::Read)?;
    if let Some(count) = connection.extras.read_unread(&mut [io::IoSliceMut::new(buf)], false) {
        return Poll::Ready(Ok(count));
    }
    poll(connection, Direction::Read, context, |connection| Ok(recv(connection, &mut *buf, RECEIVE)?.1))
}

/// One try, and, if it was in vain, a promise to wake the task.
fn poll(
    connection: &Connection,
    direction: Direction,
    context: &mut Context<'_>,
    mut op: impl FnMut(&Connection) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    connection.check(direction)?;
    loop {
        match op(connection) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            answer => return Poll::Ready(answer),
        }
        if has_runtime() {
            connection.extras.wake_when_ready(connection.source(), direction, context.waker().clone());
            return Poll::Pending;
        }
        connection.source().await_ready(direction, &connection.limits(direction))?;
    }
}

fn close(connection: &Connection) -> io::Result<()> {
    match connection.shutdown(Shutdown::Write) {
        // The peer was quicker.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOTCONN) => Ok(()),
        answer => answer,
    }
}
