//! How fast a client may talk.

use std::time::{Duration, Instant};

use crate::config::Config;

/// A message costs an interval; a client may be in debt by a burst of them.
///
/// Without it one client could send faster than others are woken, fill their outboxes, and have them dropped as slow.
pub(crate) struct Pace {
    /// When its debts are paid.
    even: Instant,
    interval: Duration,
    credit: Duration,
}

impl Pace {
    pub(crate) fn new(config: &Config, now: Instant) -> Pace {
        Pace { even: now, interval: config.pace, credit: config.pace * config.burst.saturating_sub(1) }
    }

    /// One more message: how long it has to wait.
    pub(crate) fn wait(&mut self, now: Instant) -> Duration {
        let wait = self.even.saturating_duration_since(now + self.credit);
        self.even = self.even.max(now) + self.interval;
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::config::Config;
    use std::time::{Duration, Instant};

    #[test]
    fn a_burst_is_free_and_what_follows_is_not() {
        let mut now = Instant::now();
        let pace = Duration::from_millis(10);
        let mut rate = Pace::new(&Config { burst: 3, pace, ..Config::default() }, now);
        let waits: Vec<_> = (0..5).map(|_| rate.wait(now)).collect();
        assert_eq!(waits, [0, 0, 0, 10, 20].map(Duration::from_millis));

        now += Duration::from_secs(1);
        let waits: Vec<_> = (0..4).map(|_| rate.wait(now)).collect();
        assert_eq!(waits, [0, 0, 0, 10].map(Duration::from_millis));
    }
}
