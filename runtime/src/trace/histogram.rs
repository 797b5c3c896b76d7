//! How often which values have occurred: what users see of a distribution.

use std::fmt;

use super::buckets::upper_bound;

/// How often which values have occurred, in four buckets to an octave.
///
/// The name of the field that holds it says the unit. A value is known up to the width of its bucket: at most a quarter of
/// the value, and nothing below 8. Count, sum and maximum are exact. Takes up to 2 KiB.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::Duration;
///
/// let machines = gopark::run(|| {
///     gopark::time::sleep(Duration::from_millis(1));
///     gopark::metrics().machines
/// });
/// let mut lateness = gopark::Histogram::default();
/// machines.iter().for_each(|machine| lateness.merge(&machine.timer_lateness_ns));
/// assert_eq!(lateness.count(), 1);
/// assert_eq!(lateness.quantile(0.5), lateness.max()); // there is no other
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// By their numbers, up to the last one that is not empty.
    buckets: Vec<u64>,
    sum: u64,
    max: u64,
}

impl Histogram {
    pub(super) fn new(buckets: impl Iterator<Item = u64>, sum: u64, max: u64) -> Histogram {
        let mut histogram = Histogram { buckets: buckets.collect(), sum, max };
        histogram.drop_empty_end();
        histogram
    }

    fn drop_empty_end(&mut self) {
        let used = self.buckets.iter().rposition(|&count| count > 0).map_or(0, |last| last + 1);
        self.buckets.truncate(used);
    }

    /// How many values there are.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// assert_eq!(gopark::Histogram::default().count(), 0);
    /// ```
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Their sum. It wraps: of nanoseconds after 584 years.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
    /// let machine = runtime.run(|| gopark::metrics().machines.remove(0)); // of itself, so at rest
    /// assert_eq!((machine.poll_batch.count(), machine.poll_batch.sum()), (machine.polls, machine.events));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The greatest of them; `None`: there are none.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// assert_eq!(gopark::Histogram::default().max(), None);
    /// ```
    pub fn max(&self) -> Option<u64> {
        (!self.buckets.is_empty()).then_some(self.max)
    }

    /// Their mean; `None`: there are none.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// assert_eq!(gopark::Histogram::default().mean(), None);
    /// ```
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum as f64 / count as f64)
    }

    /// A value that the share `q` of all, from 0 to 1, does not exceed: the greatest of its bucket, so up to a quarter too
    /// much. `None`: there are none.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let metrics = gopark::run(|| {
    ///     (0..1000).for_each(|_| gopark::yield_now());
    ///     gopark::metrics()
    /// });
    /// let slices = &metrics.merged(|machine| &machine.run_slice_ns);
    /// assert!(slices.quantile(0.5) <= slices.quantile(0.99));
    /// ```
    pub fn quantile(&self, q: f64) -> Option<u64> {
        let rank = (q.clamp(0.0, 1.0) * self.count() as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let reached = self.buckets.iter().position(|&count| {
            seen += count;
            seen >= rank
        });
        reached.map(|bucket| upper_bound(bucket).min(self.max))
    }

    /// Every bucket that is not empty: the greatest value that falls into it, and how many did.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let metrics = gopark::run(gopark::metrics);
    /// let polls = &metrics.machines[0].poll_batch;
    /// assert_eq!(polls.buckets().map(|(_, count)| count).sum::<u64>(), polls.count());
    /// ```
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let all = self.buckets.iter().enumerate();
        all.filter(|&(_, &count)| count > 0).map(|(bucket, &count)| (upper_bound(bucket), count))
    }

    /// Adds the values of another one.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let metrics = gopark::run(gopark::metrics);
    /// let once = &metrics.machines[0].poll_batch;
    /// let mut twice = once.clone();
    /// twice.merge(once);
    /// assert_eq!(twice.count(), 2 * once.count());
    /// ```
    pub fn merge(&mut self, other: &Histogram) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(count, more)| *count += more);
        self.sum = self.sum.wrapping_add(other.sum);
        self.max = self.max.max(other.max);
    }

    /// What has been added since `earlier`, a former state of the same one. Of the maximum no more is known then than its
    /// bucket.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let (before, after) = gopark::run(|| {
    ///     let before = gopark::metrics();
    ///     gopark::time::sleep(std::time::Duration::from_millis(1));
    ///     (before, gopark::metrics())
    /// });
    /// let lateness = |metrics: &gopark::Metrics| metrics.merged(|machine| &machine.timer_lateness_ns);
    /// assert_eq!(lateness(&after).since(&lateness(&before)).count(), 1);
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Histogram) -> Histogram {
        let mut grown = self.clone();
        grown
            .buckets
            .iter_mut()
            .zip(&earlier.buckets)
            .for_each(|(count, then)| *count = count.saturating_sub(*then));
        grown.drop_empty_end();
        grown.sum = self.sum.wrapping_sub(earlier.sum);
        grown.max = grown.buckets.len().checked_sub(1).map_or(0, |last| upper_bound(last).min(self.max));
        grown
    }
}

/// The figures that say most.
impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Histogram");
        fields.field("count", &self.count()).field("sum", &self.sum);
        for (name, q) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            if let Some(value) = self.quantile(q) {
                fields.field(name, &value);
            }
        }
        fields.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::timings::Distribution;
    use super::Histogram;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let distribution = Distribution::default();
        values.into_iter().for_each(|value| distribution.record(value));
        distribution.snapshot()
    }

    #[test]
    fn quantiles_are_a_quarter_too_high_at_most() {
        let histogram = of(1..=10_000);
        assert_eq!((histogram.count(), histogram.sum(), histogram.max()), (10_000, 50_005_000, Some(10_000)));
        for percent in 1..=100 {
            let exact = percent * 100;
            let told = histogram.quantile(percent as f64 / 100.0).unwrap();
            assert!((exact..=exact + exact / 4).contains(&told), "{told} for {exact}");
        }
        assert_eq!(histogram.quantile(0.0), Some(1));
        assert_eq!(histogram.quantile(1.0), Some(10_000));
    }

    #[test]
    fn nothing_and_the_extremes() {
        let none = Histogram::default();
        assert_eq!((none.count(), none.quantile(0.5), none.max(), none.mean()), (0, None, None, None));
        assert_eq!(of([]), none);
        let extremes = of([0, u64::MAX]);
        assert_eq!((extremes.quantile(0.5), extremes.quantile(1.0)), (Some(0), Some(u64::MAX)));
        assert_eq!(extremes.buckets().collect::<Vec<_>>(), [(0, 1), (u64::MAX, 1)]);
    }

    #[test]
    fn merging_is_recording_both_and_since_undoes_it() {
        let (some, more) = (of([3, 900, 70_000]), of([5, 5, 1_000_000]));
        let mut both = some.clone();
        both.merge(&more);
        assert_eq!(both, of([3, 900, 70_000, 5, 5, 1_000_000]));
        assert_eq!(both.since(&some), more);
        assert_eq!(both.since(&both), Histogram::default());
    }
}
