//! When a client is to be asked whether it is there, and when it is dead.

use std::time::{Duration, Instant};

use crate::config::Config;

/// What has become of a client that was silent for as long as [`Pulse::patience`] said.
#[derive(Debug, PartialEq)]
pub(crate) enum Silence {
    Short,
    /// It is to be pinged: whoever lives will answer.
    Long,
    Dead,
}

/// When a client was last heard, and asked. Whatever it sends is a sign of life.
pub(crate) struct Pulse {
    heard: Instant,
    asked: Instant,
    ping_after: Duration,
    dead_after: Duration,
}

impl Pulse {
    pub(crate) fn new(config: &Config, now: Instant) -> Pulse {
        let Config { ping_after, dead_after, .. } = *config;
        Pulse { heard: now, asked: now, ping_after, dead_after }
    }

    /// It has sent something.
    pub(crate) fn heard(&mut self, now: Instant) {
        (self.heard, self.asked) = (now, now);
    }

    /// How long to wait for a sign of life.
    pub(crate) fn patience(&self, now: Instant) -> Duration {
        let end = (self.asked + self.ping_after).min(self.heard + self.dead_after);
        end.saturating_duration_since(now)
    }

    /// There was none.
    pub(crate) fn silence(&mut self, now: Instant) -> Silence {
        if now >= self.heard + self.dead_after {
            Silence::Dead
        } else if now >= self.asked + self.ping_after {
            self.asked = now;
            Silence::Long
        } else {
            Silence::Short
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pulse, Silence};
    use crate::config::Config;
    use std::time::{Duration, Instant};

    #[test]
    fn a_silent_client_is_asked_twice_and_then_given_up() {
        let begin = Instant::now();
        let mut pulse = Pulse::new(&Config::default(), begin);
        let mut now = begin;
        let mut seen = Vec::new();
        while seen.last() != Some(&Silence::Dead) {
            now += pulse.patience(now);
            seen.push(pulse.silence(now));
        }
        assert_eq!(seen, [Silence::Long, Silence::Long, Silence::Dead]);
        assert_eq!(now - begin, Duration::from_secs(90));
    }

    #[test]
    fn a_sign_of_life_begins_anew() {
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        let mut pulse = Pulse::new(&Config::default(), begin);
        pulse.heard(after(89));
        assert_eq!(pulse.silence(after(90)), Silence::Short);
        assert_eq!(pulse.patience(after(90)), Duration::from_secs(29));
        assert_eq!(pulse.silence(after(119)), Silence::Long);
        assert_eq!(pulse.patience(after(120)), Duration::from_secs(29));
    }
}
