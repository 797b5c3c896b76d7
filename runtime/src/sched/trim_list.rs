//! Which coroutines have waited since their stacks were last trimmed: each once, until it is taken out or ends.
//!
//! A queue with gaps. Who ends leaves one, found by its number; gaps at either end go at once, and when there are more of
//! them than of the others, all go, for which the others get new numbers. So a note costs some nanoseconds, however many
//! there are, and there are never more than twice as many places as coroutines.

use std::collections::VecDeque;

/// Gaps that are not worth the trouble.
const FEW: usize = 64;

/// Names a note while it is in the list. Numbers come round: there are never so many notes at a time.
type Number = u32;

/// The notes, the oldest first.
#[derive(Debug)]
pub(super) struct TrimList<T> {
    places: VecDeque<Option<T>>,
    /// The number of the first place.
    first: Number,
    gaps: usize,
}

impl<T: Copy> TrimList<T> {
    pub(super) fn new() -> TrimList<T> {
        TrimList { places: VecDeque::new(), first: 0, gaps: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.len() == self.gaps
    }

    /// Appends a note.
    pub(super) fn push(&mut self, note: T) -> Number {
        self.places.push_back(Some(note));
        self.first.wrapping_add(self.places.len() as Number - 1)
    }

    /// Takes the oldest out.
    pub(super) fn pop(&mut self) -> Option<T> {
        let note = self.places.pop_front().inspect(|_| self.first = self.first.wrapping_add(1))?;
        self.close_ends();
        if self.places.is_empty() {
            self.places.shrink_to(FEW);
        }
        note
    }

    /// Takes one out that is in. `renumber` learns the new numbers of others, if they get any.
    pub(super) fn remove(&mut self, number: Number, renumber: impl FnMut(T, Number)) {
        let gone = self.places[number.wrapping_sub(self.first) as usize].take();
        debug_assert!(gone.is_some(), "it is in");
        self.gaps += 1;
        self.close_ends();
        if self.gaps > FEW && self.gaps > self.places.len() / 2 {
            self.close_all(renumber);
        }
    }

    fn close_ends(&mut self) {
        while let Some(None) = self.places.back() {
            self.places.pop_back();
            self.gaps -= 1;
        }
        while let Some(None) = self.places.front() {
            self.places.pop_front();
            self.first = self.first.wrapping_add(1);
            self.gaps -= 1;
        }
    }

    #[cold]
    fn close_all(&mut self, mut renumber: impl FnMut(T, Number)) {
        self.places.retain(Option::is_some);
        self.gaps = 0;
        for (at, &note) in self.places.iter().flatten().enumerate() {
            renumber(note, self.first.wrapping_add(at as Number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Against a plain list, at random.
    #[test]
    fn notes_are_there_once_in_their_order() {
        let (mut list, mut model) = (TrimList::new(), Vec::<u32>::new());
        list.first = u32::MAX - 10_000; // numbers come round
        let mut numbers = HashMap::new();
        let mut random = fastrand::Rng::with_seed(7);
        for note in 0..50_000 {
            match random.u32(0..10) {
                // Now it grows, now it shrinks.
                0..=4 if note % 8_000 < 5_000 => {
                    numbers.insert(note, list.push(note));
                    model.push(note);
                }
                0..=1 => {
                    let oldest = (!model.is_empty()).then(|| model.remove(0));
                    assert_eq!(list.pop(), oldest);
                    oldest.map(|note| numbers.remove(&note));
                }
                _ if !model.is_empty() => {
                    // The young end more often.
                    let at = random.usize(0..model.len()).max(random.usize(0..model.len()));
                    let number = numbers.remove(&model.remove(at)).unwrap();
                    list.remove(number, |note, number| assert!(numbers.insert(note, number).is_some()));
                }
                _ => {}
            }
            assert_eq!(list.is_empty(), model.is_empty());
            assert!(
                list.places.len() <= 2 * model.len() + FEW + 1,
                "{} for {}",
                list.places.len(),
                model.len()
            );
        }
        model.into_iter().for_each(|note| assert_eq!(list.pop(), Some(note)));
        assert_eq!(list.pop(), None);
    }
}
