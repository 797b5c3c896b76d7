//! Numbers as people read them.

use std::time::Duration;

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How often in a second, if it was `count` times in `time`.
pub fn per_second(count: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { count as f64 / time.as_secs_f64() }
}

/// How long one took, if `count` took `time`.
pub fn each(time: Duration, count: usize) -> Duration {
    Duration::from_secs_f64(time.as_secs_f64() / count.max(1) as f64)
}

/// Three digits and a unit: `83 ns`, `1.93 us`, `20.5 ms`, `5.00 s`.
pub fn duration(time: Duration) -> String {
    let nanoseconds = time.as_nanos() as f64;
    let units = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9)];
    // The largest unit of which there is at least one, after rounding to three digits.
    let (unit, size) = units.into_iter().rfind(|(_, size)| nanoseconds >= size * 0.9995).unwrap_or(units[0]);
    let number = nanoseconds / size;
    let decimals = match number {
        _ if unit == "ns" => 0,
        99.95.. => 0,
        9.995.. => 1,
        _ => 2,
    };
    format!("{number:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::{duration, each, grouped};
    use std::time::Duration;

    #[test]
    fn thousands_are_set_apart() {
        let written = [0, 7, 999, 1000, 12_345, 1_234_567].map(grouped);
        assert_eq!(written, ["0", "7", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn durations_have_three_digits() {
        let written = [0, 83, 999, 1930, 20_540_000, 156_400_000, 999_600, 5_000_000_000, 90_000_000_000]
            .map(|nanoseconds| duration(Duration::from_nanos(nanoseconds)));
        let expected =
            ["0 ns", "83 ns", "999 ns", "1.93 us", "20.5 ms", "156 ms", "1.00 ms", "5.00 s", "90.0 s"];
        assert_eq!(written, expected);
    }

    #[test]
    fn a_share_of_nothing_is_no_error() {
        assert_eq!(each(Duration::from_secs(1), 0), Duration::from_secs(1));
        assert_eq!(each(Duration::from_micros(10), 4), Duration::from_nanos(2500));
    }
}
