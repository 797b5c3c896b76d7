//! One coroutine's own values, by key.

use std::any::Any;
use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// The value was used while or after the coroutine's locals were dropped: the error of
/// [`LocalKey::try_with`](crate::face::coroutine::LocalKey::try_with), where the example is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already destroyed")
    }
}

impl Error for AccessError {}

enum Value {
    Unset,
    Alive(Rc<dyn Any>),
    Destroyed,
}

/// What a child gets of its parent's value.
pub(super) type Copy = fn(&dyn Any) -> Box<dyn Any + Send>;

/// Values on their way from a parent to a child.
pub(crate) type Inherited = Vec<(u32, Copy, Box<dyn Any + Send>)>;

/// One coroutine's values (or one plain thread's), by key.
#[derive(Default)]
pub(crate) struct Locals {
    values: RefCell<Vec<Value>>,
    /// Keys of which children get a copy, and how to make it.
    inheritable: RefCell<Vec<(u32, Copy)>>,
}

impl Locals {
    pub(super) fn get(&self, key: u32) -> Result<Option<Rc<dyn Any>>, AccessError> {
        match self.values.borrow().get(key as usize) {
            None | Some(Value::Unset) => Ok(None),
            Some(Value::Alive(value)) => Ok(Some(value.clone())),
            Some(Value::Destroyed) => Err(AccessError),
        }
    }

    pub(super) fn set(&self, key: u32, value: Rc<dyn Any>) {
        let mut values = self.values.borrow_mut();
        if values.len() <= key as usize {
            values.resize_with(key as usize + 1, || Value::Unset);
        }
        values[key as usize] = Value::Alive(value);
    }

    /// From now on children get a copy of the value of `key`.
    pub(super) fn leave_to_children(&self, key: u32, copy: Copy) {
        self.inheritable.borrow_mut().push((key, copy));
    }

    /// Whether children get nothing.
    pub(super) fn leave_nothing(&self) -> bool {
        self.inheritable.borrow().is_empty()
    }

    /// Copies what a child inherits.
    pub(super) fn copies(&self) -> Inherited {
        let inheritable = self.inheritable.borrow().clone();
        let copy = |&(key, copy): &(u32, Copy)| {
            let value = self.get(key).ok().flatten()?;
            Some((key, copy, copy(&*value)))
        };
        inheritable.iter().filter_map(copy).collect()
    }

    pub(super) fn adopt(&self, inherited: Inherited) {
        for (key, copy, value) in inherited {
            let value: Box<dyn Any> = value;
            self.set(key, Rc::from(value));
            self.inheritable.borrow_mut().push((key, copy));
        }
    }

    /// Drops every value; destructors may use the others, and set new ones, which are dropped in their turn.
    pub(super) fn destroy(&self) {
        loop {
            let next = self.values.borrow_mut().iter_mut().find_map(|place| match place {
                Value::Alive(_) => Some(std::mem::replace(place, Value::Destroyed)),
                _ => None,
            });
            let Some(value) = next else { return };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
                // The hook has reported it; a payload whose own drop panics must not stop the others.
                std::mem::forget(payload);
            }
        }
    }
}
