//! How many arms of a select run, and what becomes of the messages.
//!
//! Two channels have a message each; a select over both is done 20,000 times. Right is a run after which one arm has run, with one
//! message, and the other message is still in its channel. A message is lost that has left its channel and was given to no arm.

use crate::library::{Arms, Probed};

const RUNS: u32 = 20_000;

pub fn seen<L: Probed>() -> String {
    let (first, from_first) = L::channel::<u32>(1).expect("there are channels");
    let (second, from_second) = L::channel::<u32>(1).expect("there are channels");
    let ends = [from_first, from_second];
    let (mut right, mut both, mut lost) = (0, 0, 0);
    for run in 0..RUNS {
        L::send(&first, run);
        L::send(&second, run);
        let arms = Arms::default();
        L::select_two(&ends, &arms);
        let left = ends.iter().filter_map(L::try_receive).count() as u32;
        right += u32::from(arms.many() == 1 && arms.messages() == 1 && left == 1);
        both += u32::from(arms.many() == 2);
        lost += 2 - arms.messages() - left;
    }
    format!("one arm and one message in {right} of {RUNS} runs; both arms in {both}; {lost} messages lost")
}
