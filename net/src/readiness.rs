//! Waiting for a socket without a buffer to fill or to send.

/// Gives a type with a `connection` the calls that only wait. `$example` makes a `stream` and what keeps it connected.
macro_rules! readiness_of {
    ($type:ident, $example:literal) => {
        /// Waiting without a buffer.
        impl $type {
            /// Waits until there is something to receive, the end of the stream or an error: the next call that receives
            /// need not wait, unless another coroutine is quicker. So a connection that is idle needs no buffer.
            ///
            /// It answers at once if there is something already; else it waits as a call that receives does, with the same
            /// limits. One poll(2), and one more each time it has waited.
            ///
            /// # Errors
            ///
            /// `WouldBlock` after the read timeout, or on a non-blocking socket that is not ready; `TimedOut` after the
            /// read deadline.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::io::ErrorKind;
            #[doc = $example]
            /// stream.set_nonblocking(true)?;
            /// assert_eq!(stream.readable().unwrap_err().kind(), ErrorKind::WouldBlock);
            /// # Ok::<(), std::io::Error>(())
            /// ```
            pub fn readable(&self) -> std::io::Result<()> {
                self.connection.await_ready(gopark_runtime::io::Direction::Read)
            }

            /// Waits until something can be sent, or until that has no sense any more: the next call that sends will say.
            ///
            /// # Errors
            ///
            /// `WouldBlock` after the write timeout, or on a non-blocking socket that is not ready; `TimedOut` after the
            /// write deadline.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// stream.writable()?;
            /// # Ok::<(), std::io::Error>(())
            /// ```
            pub fn writable(&self) -> std::io::Result<()> {
                self.connection.await_ready(gopark_runtime::io::Direction::Write)
            }
        }
    };
}
pub(crate) use readiness_of;
