//! The metrics as text in the OpenMetrics format, which Prometheus reads.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::{Registry, Unit};

use super::{MachineMetrics, Metrics};
use crate::sched::roll;
use crate::trace::Histogram;

/// Bounds of time: an octave each, from 256 ns to 17 s. Each is the greatest value below a power of two, where our own
/// buckets end too, so no value is told in the wrong one.
const TIME_BITS: std::ops::RangeInclusive<u32> = 8..=34;

/// The same for events: 0, 1, 3, to 1023.
const BATCH_BITS: std::ops::RangeInclusive<u32> = 0..=10;

const NANOS_PER_SECOND: f64 = 1e9;

impl Metrics {
    /// All of it in the OpenMetrics text format, as an HTTP server answers Prometheus
    /// (`application/openmetrics-text; version=1.0.0; charset=utf-8`). Needs the feature `prometheus`.
    ///
    /// Names are those of the fields, behind `gopark_`; what belongs to one worker thread has its number as the label
    /// `machine`. Times are in seconds. Histograms have one bucket to an octave, always the same ones. Takes some
    /// tens of microseconds and 15 KB for each worker thread.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let text = gopark::run(|| gopark::metrics().prometheus());
    /// assert!(text.contains("\ngopark_spawned_total 1\n"));
    /// assert!(text.contains("\ngopark_machine_run_slice_seconds_bucket{le=\"+Inf\",machine=\"0\"} "));
    /// ```
    pub fn prometheus(&self) -> String {
        let mut registry = Registry::with_prefix("gopark");
        registry.register_collector(Box::new(Exposition(self.clone())));
        let mut text = String::new();
        encode(&mut text, &registry).expect("a string takes everything");
        text
    }
}

/// That of the runtime with this number, or of the oldest one; `None`: there is none. For the debug endpoint.
pub fn prometheus_of(runtime: Option<u64>) -> Option<String> {
    let all = roll::all();
    let meant = all.iter().filter(|scheduler| !scheduler.is_stopping());
    let one = match runtime {
        Some(number) => meant.into_iter().find(|scheduler| scheduler.id == number),
        None => meant.into_iter().min_by_key(|scheduler| scheduler.id),
    };
    one.map(|scheduler| Metrics::of(scheduler).prometheus())
}

#[derive(Debug)]
struct Exposition(Metrics);

impl Collector for Exposition {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let metrics = &self.0;
        let mut page = Page { encoder, machines: &metrics.machines };
        page.of_runtime(metrics)?;
        page.counts_of_machines()?;
        page.gauges_of_machines()?;
        page.histograms_of_machines()
    }
}

struct Page<'e, 'm> {
    encoder: DescriptorEncoder<'e>,
    machines: &'m [MachineMetrics],
}

/// What a histogram counts.
#[derive(Clone, Copy)]
enum Scale {
    Nanos,
    Events,
}

impl Page<'_, '_> {
    fn of_runtime(&mut self, metrics: &Metrics) -> fmt::Result {
        self.count("spawned", "Coroutines made.", metrics.spawned)?;
        self.count("spawned_outside", "Coroutines made by other threads.", metrics.spawned_outside)?;
        self.count("finished", "Coroutines that have ended.", metrics.finished)?;
        self.count("panicked", "Coroutines that ended with a panic.", metrics.panicked)?;
        self.count("discarded", "Coroutines dropped before they started.", metrics.discarded)?;
        self.count("abandoned", "Coroutines left behind by a runtime that stopped.", metrics.abandoned)?;
        self.count("stalls", "Times a worker thread was stuck in one coroutine.", metrics.stalls)?;
        self.count("replacements", "Threads started in the place of stuck ones.", metrics.replacements)?;
        self.gauge("live", "Coroutines that are alive.", metrics.live)?;
        self.gauge("fresh", "Coroutines that have not started.", metrics.fresh)?;
        self.gauge("ready", "Coroutines that could go on.", metrics.ready)?;
        self.gauge("running", "Coroutines that have a thread.", metrics.running)?;
        self.gauge("waiting", "Coroutines that wait.", metrics.waiting)?;
        self.gauge("queued_global", "Coroutines in the global queue.", metrics.queued_global as u64)?;
        self.gauge("timers_armed", "Timers that are armed.", metrics.timers_armed as u64)?;
        let machines_on_duty = metrics.machines_on_duty as u64;
        self.gauge("machines_on_duty", "Worker threads that start coroutines.", machines_on_duty)?;
        self.gauge("machines_idle", "Worker threads that sleep.", metrics.machines_idle as u64)?;
        self.gauge("machines_relieved", "Worker threads replaced.", metrics.machines_relieved as u64)?;
        self.gauge("machines_spare", "Worker threads not needed.", metrics.machines_spare as u64)?;
        let imbalance = metrics.homed_imbalance as u64;
        self.gauge("homed_imbalance", "Coroutines on the fullest less those on the emptiest.", imbalance)?;
        self.gauge("stacks_opened", "Stacks made usable, of the process.", metrics.stacks_opened)?;
        self.gauge("stacks_claimed", "Stacks promised, of the process.", metrics.stacks_claimed)?;
        self.gauge("stacks_hot", "Free stacks with memory, of the process.", metrics.stacks_hot)?;
        self.gauge("stacks_cold", "Free stacks without memory, of the process.", metrics.stacks_cold)?;
        self.gauge("stacks_in_use", "Stacks of coroutines.", metrics.stacks_in_use)?;
        self.gauge("stacks_cached", "Free stacks of worker threads.", metrics.stacks_cached as u64)?;
        let deepest = metrics.stack_deepest_bytes as u64;
        self.gauge_in("stack_deepest", "Deepest use of a stack seen.", Some(&Unit::Bytes), deepest)?;
        self.gauge("sockets", "Sockets that the netpoller knows, of the process.", metrics.sockets as u64)?;
        let mut stalls = self.encoder.encode_descriptor(
            "stall",
            "How long worker threads were stuck.",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        histogram(&mut stalls, &metrics.stall_ns, Scale::Nanos)
    }

    #[rustfmt::skip]
    fn counts_of_machines(&mut self) -> fmt::Result {
        self.counts("started", "Coroutines started.", |of| of.started)?;
        self.counts("placed", "Coroutines sent to start elsewhere.", |of| of.placed)?;
        self.counts("ticks", "Looks for something to run.", |of| of.ticks)?;
        self.counts("steals", "Thefts.", |of| of.steals)?;
        self.counts("stolen", "Coroutines stolen.", |of| of.stolen)?;
        self.counts("parks", "Waits begun.", |of| of.parks)?;
        self.counts("parks_skipped", "Waits over before they began.", |of| of.parks_skipped)?;
        self.counts("yields", "Yields.", |of| of.yields)?;
        self.counts("wakes_local", "Coroutines made ready on the same thread.", |of| of.wakes_local)?;
        self.counts("wakes_inbox", "Coroutines handed to another thread.", |of| of.wakes_inbox)?;
        self.counts("wakes_eventfd", "Sleeping threads woken.", |of| of.wakes_eventfd)?;
        self.counts("polls", "Calls of epoll.", |of| of.polls)?;
        self.counts("events", "Events of epoll.", |of| of.events)?;
        self.counts("timers_fired", "Timers fired.", |of| of.timers_fired)?;
        self.counts("sleeps", "Times gone to sleep.", |of| of.sleeps)?;
        self.counts("spins", "Spins before sleeping.", |of| of.spins)?;
        self.counts("spin_hits", "Spins that found something.", |of| of.spin_hits)?;
        self.counts("trims", "Stacks whose memory was given back.", |of| of.trims)?;
        self.counts("preemptions", "Coroutines that were asked to let others run.", |of| of.preemptions)?;
        self.counts("migrations", "Started coroutines taken over.", |of| of.migrations)
    }

    #[rustfmt::skip]
    fn gauges_of_machines(&mut self) -> fmt::Result {
        self.gauges("present", "Whether there is such a thread.", |of| of.present.into())?;
        self.gauges("running", "Whether a coroutine has the thread.", |of| of.running.into())?;
        self.gauges("homed", "Coroutines that live there.", |of| of.homed as u64)?;
        self.gauges("ready", "Those that could go on.", |of| of.ready)?;
        self.gauges("waiting", "Those that wait.", |of| of.waiting)?;
        self.gauges("queued", "Coroutines queued for any thread.", |of| of.queued as u64)?;
        self.gauges("queued_placed", "Coroutines sent there to start.", |of| of.queued_placed as u64)?;
        self.gauges("queued_backlog", "Ready coroutines for any thread.", |of| of.queued_backlog as u64)?;
        self.gauges("timers_armed", "Timers that are armed.", |of| of.timers_armed as u64)?;
        self.gauges("stacks_cached", "Free stacks.", |of| of.stacks_cached as u64)
    }

    #[rustfmt::skip]
    fn histograms_of_machines(&mut self) -> fmt::Result {
        use Scale::{Events, Nanos};
        self.histograms("run_slice", "How long coroutines ran; one run in 256.", Nanos, |of| &of.run_slice_ns)?;
        self.histograms("scheduling_latency", "How long coroutines were ready; one wake-up in 256.", Nanos, |of| &of.scheduling_latency_ns)?;
        self.histograms("timer_lateness", "How late timers fired.", Nanos, |of| &of.timer_lateness_ns)?;
        self.histograms("poll_batch", "Events of one call of epoll.", Events, |of| &of.poll_batch)
    }

    fn count(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        counter(&mut self.encoder.encode_descriptor(name, help, None, MetricType::Counter)?, value)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.gauge_in(name, help, None, value)
    }

    fn gauge_in(&mut self, name: &str, help: &str, unit: Option<&Unit>, value: u64) -> fmt::Result {
        self.encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn counts(&mut self, name: &str, help: &str, of: impl Fn(&MachineMetrics) -> u64) -> fmt::Result {
        self.each(name, help, None, MetricType::Counter, |machine, to| counter(to, of(machine)))
    }

    fn gauges(&mut self, name: &str, help: &str, of: impl Fn(&MachineMetrics) -> u64) -> fmt::Result {
        self.each(name, help, None, MetricType::Gauge, |machine, to| to.encode_gauge(&of(machine)))
    }

    fn histograms(
        &mut self,
        name: &str,
        help: &str,
        scale: Scale,
        of: impl Fn(&MachineMetrics) -> &Histogram,
    ) -> fmt::Result {
        let unit = match scale {
            Scale::Nanos => Unit::Seconds,
            Scale::Events => Unit::Other("events".to_owned()),
        };
        let each = |machine: &MachineMetrics, to: &mut MetricEncoder<'_>| histogram(to, of(machine), scale);
        self.each(name, help, Some(&unit), MetricType::Histogram, each)
    }

    /// One family, with a line or more for each worker thread.
    fn each(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        kind: MetricType,
        encode: impl Fn(&MachineMetrics, &mut MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let name = format!("machine_{name}");
        let mut family = self.encoder.encode_descriptor(&name, help, unit, kind)?;
        self.machines.iter().enumerate().try_for_each(|(number, machine)| {
            let labels = [("machine", number)];
            encode(machine, &mut family.encode_family(&labels)?)
        })
    }
}

fn counter(to: &mut MetricEncoder<'_>, value: u64) -> fmt::Result {
    to.encode_counter(&value, None::<&Exemplar<NoLabelSet, f64>>)
}

fn histogram(to: &mut MetricEncoder<'_>, histogram: &Histogram, scale: Scale) -> fmt::Result {
    let (bits, per_unit) = match scale {
        Scale::Nanos => (TIME_BITS, NANOS_PER_SECOND),
        Scale::Events => (BATCH_BITS, 1.0),
    };
    let bounds = bits.map(|bits| (1_u64 << bits) - 1);
    let mut ours = histogram.buckets().peekable();
    let mut up_to = |bound| {
        let within = std::iter::from_fn(|| ours.next_if(|&(upper, _)| upper <= bound));
        within.map(|(_, count)| count).sum::<u64>()
    };
    let mut buckets: Vec<_> = bounds.map(|bound| (bound as f64 / per_unit, up_to(bound))).collect();
    buckets.push((f64::INFINITY, up_to(u64::MAX)));
    to.encode_histogram::<NoLabelSet>(histogram.sum() as f64 / per_unit, histogram.count(), &buckets, None)
}
