//! A stream that writes little at a time, so that whoever reads the other end finds things in pieces.

use std::io::{self, Read, Write};

use gopark::net::TcpStream;

/// Writes no more than so many bytes a call, and lets others run in between.
#[derive(Debug)]
pub(crate) struct Piecewise<S>(S, usize);

impl Piecewise<TcpStream> {
    /// Without the kernel's own gathering, which would also wait for acknowledgements.
    pub(crate) fn new(stream: TcpStream, most: usize) -> Self {
        stream.set_nodelay(true).unwrap();
        Piecewise(stream, most)
    }
}

impl<S: Read> Read for Piecewise<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<S: Write> Write for Piecewise<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.0.write(&buf[..buf.len().min(self.1)])?;
        gopark::yield_now();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
