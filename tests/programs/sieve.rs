//! The prime sieve of Go's tour: a coroutine for each prime, each of which filters what the next one gets.

use crate::everywhere::everywhere;
use gopark::chan::{Receiver, Sender, bounded, unbounded};
use gopark::go;

/// Two, three, four, and so on, until nobody wants more.
fn generate(numbers: &Sender<u32>) {
    for number in 2.. {
        if numbers.send(number).is_err() {
            return;
        }
    }
}

/// Passes on what `prime` does not divide.
fn filter(from: &Receiver<u32>, to: &Sender<u32>, prime: u32) {
    for number in from {
        if number % prime != 0 && to.send(number).is_err() {
            return;
        }
    }
}

fn primes(count: usize, channel: fn() -> (Sender<u32>, Receiver<u32>)) -> Vec<u32> {
    let (sender, mut numbers) = channel();
    let mut chain = vec![go(move || generate(&sender))];
    let mut primes = Vec::new();
    while primes.len() < count {
        let prime = numbers.recv().expect("there are infinitely many");
        primes.push(prime);
        let (sender, filtered) = channel();
        let from = std::mem::replace(&mut numbers, filtered);
        chain.push(go(move || filter(&from, &sender, prime)));
    }
    // The last one learns that nobody listens, and so on to the first.
    drop(numbers);
    chain.into_iter().for_each(|one| one.join().expect("no panic"));
    primes
}

/// By trial division.
fn expected(count: usize) -> Vec<u32> {
    let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    (2..).filter(is_prime).take(count).collect()
}

#[test]
fn from_hand_to_hand() {
    everywhere(|| {
        let primes = primes(120, || bounded(0));
        assert_eq!(primes[119], 659);
        assert_eq!(primes, expected(120));
    });
}

#[test]
fn with_room_between_them() {
    everywhere(|| assert_eq!(primes(120, || bounded(16)), expected(120)));
}

/// The generator would run away, were it not for a bound on its channel.
#[test]
fn without_bounds_behind_the_first() {
    everywhere(|| {
        let (sender, numbers) = bounded(1);
        let generator = go(move || generate(&sender));
        let (odd, odds) = unbounded();
        let first = go(move || {
            assert_eq!(numbers.recv(), Ok(2));
            numbers.iter().take(1000).filter(|number| number % 2 != 0).for_each(|number| {
                odd.send(number).expect("it receives");
            });
        });
        assert_eq!(odds.iter().sum::<u32>(), (3..1003).filter(|number| number % 2 != 0).sum::<u32>());
        first.join().expect("no panic");
        generator.join().expect("no panic");
    });
}
