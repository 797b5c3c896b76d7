//! Under Go's policy a started coroutine lives on no thread in particular.

pub(crate) const HOMED: bool = false;
