//! Under the default policy a started coroutine lives on one thread.

pub(crate) const HOMED: bool = true;
