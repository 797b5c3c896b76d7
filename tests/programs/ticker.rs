//! The tour's time bomb: it ticks, and then it goes off.

use crate::everywhere::everywhere;
use gopark::chan::bounded;
use gopark::time::{after, tick};
use gopark::{go, select};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(2);

#[test]
fn it_ticks_and_goes_off() {
    everywhere(|| {
        let begun = Instant::now();
        let (ticks, boom) = (tick(TICK), after(25 * TICK));
        let (mut ticked, mut looked) = (0, 0_u64);
        loop {
            select! {
                recv(boom) -> _ => break,
                recv(ticks) -> _ => ticked += 1,
                default => {
                    looked += 1;
                    gopark::time::sleep(TICK / 8);
                },
            }
        }
        assert!(begun.elapsed() >= 25 * TICK);
        assert!((1..=25).contains(&ticked), "{ticked} ticks in a time for 25");
        assert!(looked > 0);
    });
}

/// Many of different periods, each of which counts its own ticks: none comes too early.
#[test]
fn tickers_do_not_disturb_each_other() {
    everywhere(|| {
        let begun = Instant::now();
        let tickers: Vec<_> = (1..=50)
            .map(|step| {
                go(move || {
                    let period = TICK * step / 4;
                    let count = 100 / step;
                    let told: Vec<Instant> = tick(period).iter().take(count as usize).collect();
                    assert!(told.windows(2).all(|pair| pair[1] >= pair[0] + period));
                    assert!(begun.elapsed() >= period * count);
                    told.len()
                })
            })
            .collect();
        let ticked: usize = tickers.into_iter().map(|ticker| ticker.join().expect("no panic")).sum();
        assert_eq!(ticked, (1..=50).map(|step| 100 / step).sum::<usize>());
    });
}

/// A rate limit: each request waits for its tick, and a few may come in a burst.
#[test]
fn a_rate_limit_lets_a_burst_through() {
    everywhere(|| {
        const BURST: usize = 3;
        let (give, tokens) = bounded(BURST);
        (0..BURST).for_each(|_| give.send(Instant::now()).expect("there is room"));
        let (stop, stops) = bounded::<()>(0);
        let fills = go(move || {
            let ticks = tick(TICK);
            loop {
                select! {
                    recv(ticks) -> now => {
                        // Full is full.
                        let _ = give.try_send(now.expect("a tick"));
                    },
                    recv(stops) -> _ => return,
                }
            }
        });
        let begun = Instant::now();
        let requests = 10;
        assert_eq!(tokens.iter().take(requests as usize).count(), requests as usize);
        // Those of the burst cost nothing; while they were taken one tick may have come.
        assert!(begun.elapsed() >= TICK * (requests - BURST as u32 - 1));
        drop(stop);
        fills.join().expect("no panic");
    });
}
