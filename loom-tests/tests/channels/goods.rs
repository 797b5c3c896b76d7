//! What is sent: values whose contents loom watches, and of which each has one fate.

use std::cell::Cell;
use std::rc::Rc;

use loom::cell::UnsafeCell;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was not made, or is in a channel.
    Open,
    Received,
    /// The sender has it back.
    Returned,
    Dropped,
}

struct Piece {
    /// Written when it is made and when it is received: a race, unless the channel orders the two.
    content: UnsafeCell<()>,
    fate: Cell<Fate>,
}

/// All values of a model, by their numbers.
pub(crate) struct Goods(Vec<Piece>);

/// One of them.
pub(crate) struct Value {
    goods: Rc<Goods>,
    number: usize,
}

impl Goods {
    pub(crate) fn new(count: usize) -> Rc<Goods> {
        let piece = || Piece { content: UnsafeCell::new(()), fate: Cell::new(Fate::Open) };
        Rc::new(Goods((0..count).map(|_| piece()).collect()))
    }

    pub(crate) fn make(self: &Rc<Goods>, number: usize) -> Value {
        self.0[number].content.with_mut(|_| ());
        Value { goods: self.clone(), number }
    }

    pub(crate) fn fate(&self, number: usize) -> Fate {
        self.0[number].fate.get()
    }

    /// At the end, with the channels gone.
    #[track_caller]
    pub(crate) fn assert_fates(&self, fates: &[Fate]) {
        let found: Vec<Fate> = self.0.iter().map(|piece| piece.fate.get()).collect();
        assert_eq!(found, fates, "a value is lost or doubled");
    }
}

impl Value {
    /// By who has received it.
    pub(crate) fn unpack(self) -> usize {
        self.goods.0[self.number].content.with_mut(|_| ());
        self.meets(Fate::Received);
        self.number
    }

    /// By who wanted to send it.
    pub(crate) fn keep(self) {
        self.meets(Fate::Returned);
    }

    fn meets(&self, fate: Fate) {
        let before = self.goods.0[self.number].fate.replace(fate);
        assert_eq!(before, Fate::Open, "a value is lost or doubled");
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let fate = &self.goods.0[self.number].fate;
        if fate.get() == Fate::Open {
            fate.set(Fate::Dropped);
        }
    }
}
