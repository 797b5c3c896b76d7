//! Whether a reader or writer, whose type only the caller knows, is one between which the kernel copies.
//!
//! std finds that out by specialisation, which is not to be had. What is to be had is the identity of a type without its
//! lifetimes (the crate `typeid`).
//!
//! **Invariant:** types that are looked for have no lifetimes of their own, so one that has the same identity is the same
//! type; and a reference to one, of whatever lifetime, lives at least as long as the value in which it was found is
//! borrowed.
#![allow(unsafe_code)]

use std::any::TypeId;
use std::fs::File;
use std::ptr;

use crate::connection::Connection;
use crate::tcp::TcpStream;
use crate::unix::UnixStream;

pub(super) enum Reader<'a> {
    Stream(&'a Connection),
    File(&'a File),
    Other,
}

pub(super) enum Writer<'a> {
    Stream(&'a Connection),
    Other,
}

pub(super) fn reader<R: ?Sized>(reader: &R) -> Reader<'_> {
    match stream(reader) {
        Some(connection) => Reader::Stream(connection),
        None => find::<R, File>(reader).map_or(Reader::Other, Reader::File),
    }
}

pub(super) fn writer<W: ?Sized>(writer: &W) -> Writer<'_> {
    stream(writer).map_or(Writer::Other, Writer::Stream)
}

fn stream<T: ?Sized>(value: &T) -> Option<&Connection> {
    let tcp = find::<T, TcpStream>(value).map(|stream| &*stream.connection);
    tcp.or_else(|| find::<T, UnixStream>(value).map(|stream| &*stream.connection))
}

/// A type without lifetimes.
///
/// # Safety
/// It has none.
unsafe trait Timeless: Sized + 'static {}

// SAFETY: none of these has a parameter at all.
unsafe impl Timeless for TcpStream {}
// SAFETY: as above.
unsafe impl Timeless for UnixStream {}
// SAFETY: as above.
unsafe impl Timeless for File {}

/// The `K` that `value` is, or refers to.
fn find<T: ?Sized, K: Timeless>(value: &T) -> Option<&K> {
    let id = typeid::of::<T>();
    let value = ptr::from_ref(value);
    if id == TypeId::of::<K>() {
        // SAFETY: the invariant: `T` is `K`.
        Some(unsafe { &*value.cast::<K>() })
    } else if id == TypeId::of::<&'static K>() {
        // SAFETY: the invariant: `T` is a `&K`, which lives as long as `value` is borrowed.
        Some(unsafe { *value.cast::<&K>() })
    } else if id == TypeId::of::<&'static mut K>() {
        // SAFETY: the same for a `&mut K`; as long as `value` is borrowed, it is not used.
        Some(unsafe { &**value.cast::<&mut K>() })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn by_value_and_by_reference() {
        let (mut stream, _there) = UnixStream::pair().unwrap();
        let connection = ptr::from_ref(&*stream.connection);
        let is_it = |found: Reader<'_>| matches!(found, Reader::Stream(one) if ptr::eq(one, connection));
        assert!(is_it(reader(&stream)));
        assert!(is_it(reader(&&stream)));
        assert!(is_it(reader(&&mut stream)));
    }

    #[test]
    fn nothing_else() {
        let (mut stream, _there) = UnixStream::pair().unwrap();
        assert!(matches!(reader(&&&stream), Reader::Other), "which is no reader");
        assert!(matches!(reader(&[0_u8][..]), Reader::Other));
        assert!(matches!(writer(&Vec::<u8>::new()), Writer::Other));
        let erased: &mut dyn Read = &mut stream;
        assert!(matches!(reader(erased), Reader::Other));
    }
}
