//! The ways into a channel: through its lock, or by the intake (intake.rs).

use super::core::{Core, Held};
use super::inner::Inner;
use super::intake::Intake;
use super::rt::OPENS_AT;

impl<T> Core<T> {
    /// Takes the lock, with all values and places where they belong: nobody comes by the intake meanwhile.
    #[inline]
    pub(super) fn hold(&self) -> Held<'_, T> {
        let mut inner = self.inner.lock();
        if let Some(intake) = self.open_intake() {
            inner.free += intake.shut(&mut inner.buffer);
        }
        inner
    }

    /// The same for who may not go by an empty buffer; if it is not empty, the intake stays as it is.
    #[inline(always)]
    pub(super) fn hold_to_receive(&self) -> Held<'_, T> {
        let mut inner = self.inner.lock();
        if inner.buffer.is_empty()
            && let Some(intake) = self.open_intake()
        {
            fetch(intake, &mut inner);
        }
        inner
    }

    /// Sends `value`, if there is room and nobody waits, which is what most calls find. Else nothing is done, and the caller
    /// holds the lock.
    #[inline(always)]
    pub(super) fn send_at_once(&self, mut value: T) -> Result<(), (Held<'_, T>, T)> {
        if let Some(intake) = self.open_intake() {
            match intake.push(value) {
                Ok(()) => return Ok(()),
                Err(refused) => value = refused,
            }
        }
        let mut inner = self.inner.lock();
        if let Some(intake) = self.open_intake() {
            match push_into_new_room(intake, &mut inner, value) {
                Ok(()) => return Ok(()),
                Err(refused) => value = refused,
            }
        }
        if !inner.takes_at_once() {
            return Err((inner, value));
        }
        inner.push(value);
        self.open_if_busy(&mut inner);
        drop(inner);
        self.tell_watchers();
        Ok(())
    }

    /// Receives, if there is a value and no sender waits. Else nothing is done, and the caller holds the lock.
    #[inline(always)]
    pub(super) fn receive_at_once(&self) -> Result<T, Held<'_, T>> {
        let mut inner = self.hold_to_receive();
        let Some(value) = inner.pop_at_once() else { return Err(inner) };
        drop(inner);
        self.tell_watchers();
        Ok(value)
    }

    /// The intake, if it is open: a guess for who does not have the lock.
    #[inline(always)]
    fn open_intake(&self) -> Option<&Intake<T>> {
        self.intake.as_deref().filter(|intake| intake.is_open())
    }

    /// Opens the intake if some values lie ready: then nobody will wait in the next moments. Who watches is told by the caller.
    #[inline(always)]
    fn open_if_busy(&self, inner: &mut Inner<T>) {
        if let Some(intake) = &self.intake
            && inner.buffer.len() >= OPENS_AT
            && inner.free > 0
        {
            intake.open(&mut inner.free);
        }
    }

    pub(super) fn len(&self) -> usize {
        let inner = self.inner.lock();
        let coming = self.intake.as_ref().map_or(0, |intake| intake.len());
        inner.buffer.len() + coming + usize::from(inner.has_message())
    }

    /// Whether a send would have to wait for room. Always so for a rendezvous.
    pub(super) fn is_full(&self) -> bool {
        if self.has_alarm {
            return self.capacity == Some(self.len());
        }
        let inner = self.inner.lock();
        !inner.has_room() && !self.intake.as_ref().is_some_and(|intake| intake.has_room())
    }
}

/// The intake is open, and was full: gives it the places that are free by now. If all are taken it is shut, and the caller may come
/// to wait.
#[inline(never)]
fn push_into_new_room<T>(intake: &Intake<T>, inner: &mut Inner<T>, value: T) -> Result<(), T> {
    intake.open(&mut inner.free);
    let pushed = intake.push(value);
    if pushed.is_err() {
        inner.free += intake.shut(&mut inner.buffer);
    }
    pushed
}

/// The intake is open and the buffer empty: takes what there is, and gives the intake new room. If there is nothing it is shut, and
/// the caller may come to wait.
#[inline(never)]
fn fetch<T>(intake: &Intake<T>, inner: &mut Inner<T>) {
    intake.exchange(&mut inner.buffer, &mut inner.free);
    if inner.buffer.is_empty() {
        inner.free += intake.shut(&mut inner.buffer);
    }
}
