//! Deadlines as Go's connections have them: absolute, one for each direction, shared by all clones.
//!
//! See `lockfree/deadline.rs` of the runtime for how a deadline meets those who wait under it.

/// Gives a type with a `connection` its deadlines. `$example` makes a `stream` and what keeps it connected.
macro_rules! deadlines_of {
    ($type:ident, $example:literal) => {
        /// Deadlines, as Go's connections have them.
        impl $type {
            /// Ends every call that receives at `deadline`, those under way and those to come, until another one is set;
            /// `None` is none. They answer `TimedOut`, even if there is something to receive.
            ///
            /// Unlike a timeout it is absolute, and heeded by calls that wait already: set it to the past from another
            /// coroutine, and they end at once. A plain thread that waits takes notice within 50 ms.
            ///
            /// Shared by all clones, and kept when calls are made under it: to limit each call alone, set a timeout. Heeded
            /// neither by a non-blocking socket nor by `select!`.
            ///
            /// # Cost
            ///
            /// No system call. To move it on is a store; to move it back, besides, the waking of those who wait. The first
            /// one takes an allocation of 16 bytes. A call under a deadline reads the clock once, and once for each wait.
            ///
            /// # Errors
            ///
            /// None; the `Result` is as for the timeouts.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::io::ErrorKind;
            /// use std::time::{Duration, Instant};
            #[doc = $example]
            /// stream.set_read_deadline(Some(Instant::now() + Duration::from_millis(5)))?;
            /// assert_eq!(stream.readable().unwrap_err().kind(), ErrorKind::TimedOut);
            /// stream.set_read_deadline(None)?;
            /// # Ok::<(), std::io::Error>(())
            /// ```
            pub fn set_read_deadline(&self, deadline: Option<std::time::Instant>) -> std::io::Result<()> {
                self.connection.set_deadline(gopark_runtime::io::Direction::Read, deadline);
                Ok(())
            }

            #[doc = concat!(
                "As [`set_read_deadline`](", stringify!($type), "::set_read_deadline), for the calls that send."
            )]
            ///
            /// # Errors
            ///
            /// None.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::time::Instant;
            #[doc = $example]
            /// stream.set_write_deadline(Some(Instant::now()))?;
            /// assert_eq!(stream.writable().unwrap_err().kind(), std::io::ErrorKind::TimedOut);
            /// # Ok::<(), std::io::Error>(())
            /// ```
            pub fn set_write_deadline(&self, deadline: Option<std::time::Instant>) -> std::io::Result<()> {
                self.connection.set_deadline(gopark_runtime::io::Direction::Write, deadline);
                Ok(())
            }

            #[doc = concat!(
                "As [`set_read_deadline`](", stringify!($type), "::set_read_deadline), for both directions."
            )]
            ///
            /// # Errors
            ///
            /// None.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::time::Instant;
            #[doc = $example]
            /// stream.set_deadline(Some(Instant::now()))?;
            /// assert!(stream.readable().is_err() && stream.writable().is_err());
            /// stream.set_deadline(None)?;
            /// assert!(stream.writable().is_ok());
            /// # Ok::<(), std::io::Error>(())
            /// ```
            pub fn set_deadline(&self, deadline: Option<std::time::Instant>) -> std::io::Result<()> {
                self.set_read_deadline(deadline)?;
                self.set_write_deadline(deadline)
            }
        }
    };
}
pub(crate) use deadlines_of;
