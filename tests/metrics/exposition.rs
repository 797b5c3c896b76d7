//! `Metrics::prometheus`: what the OpenMetrics format demands of the text, and what the numbers in it must be.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One line with a number.
#[derive(Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// The lines of one name.
#[derive(Debug, Default)]
struct Family {
    help: String,
    kind: String,
    unit: Option<String>,
    samples: Vec<Sample>,
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
    let (name, labels) = match series.split_once('{') {
        None => (series, ""),
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("a closing brace")),
    };
    let pair = |pair: &str| {
        let (label, value) = pair.split_once("=\"").expect("label=\"value\"");
        (label.to_owned(), value.strip_suffix('"').expect("quotes").to_owned())
    };
    let labels = labels.split(',').filter(|pair| !pair.is_empty()).map(pair).collect();
    Sample { name: name.to_owned(), labels, value: value.parse().expect("a number") }
}

/// Families by name. Each has its description before its samples, and its samples together.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let text = text.strip_suffix("# EOF\n").expect("an end");
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# ") {
            let [what, name, rest] = described.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let is_first = what == "HELP";
            assert_eq!(is_first, !families.contains_key(name), "{line}");
            current = name.to_owned();
            let family = families.entry(current.clone()).or_default();
            match what {
                "HELP" => family.help = rest.to_owned(),
                "TYPE" => family.kind = rest.to_owned(),
                "UNIT" => family.unit = Some(rest.to_owned()),
                _ => panic!("{line}"),
            }
        } else {
            let sample = sample(line);
            let family = families.get_mut(&current).unwrap_or_else(|| panic!("{line} belongs to nothing"));
            let suffix = sample.name.strip_prefix(&current).unwrap_or_else(|| panic!("{line} in {current}"));
            let allowed: &[&str] = match family.kind.as_str() {
                "counter" => &["_total"],
                "gauge" => &[""],
                "histogram" => &["_sum", "_count", "_bucket"],
                kind => panic!("{current} is a {kind}"),
            };
            assert!(allowed.contains(&suffix), "{line}");
            family.samples.push(sample);
        }
    }
    families
}

/// Buckets grow, and the last one has all.
fn check_histogram(name: &str, family: &Family) {
    let machines: BTreeSet<_> = family.samples.iter().map(|sample| sample.labels.get("machine")).collect();
    for machine in machines {
        let of = |suffix: &str| {
            let full = format!("{name}{suffix}");
            let mine = move |sample: &&Sample| sample.name == full && sample.labels.get("machine") == machine;
            family.samples.iter().filter(mine).collect::<Vec<_>>()
        };
        let (count, sum) = (of("_count")[0].value, of("_sum")[0].value);
        let buckets = of("_bucket");
        assert!(buckets.is_sorted_by(|a, b| a.value <= b.value), "{name}: {buckets:?}");
        let bounds: Vec<f64> = buckets.iter().map(|bucket| bucket.labels["le"].parse().unwrap()).collect();
        assert!(bounds.is_sorted_by(|a, b| a < b), "{name}: {bounds:?}");
        assert_eq!(buckets.last().expect("buckets").labels["le"], "+Inf");
        assert_eq!(buckets.last().expect("buckets").value, count, "{name}");
        assert_eq!(sum > 0.0, count > 0.0 && sum > 0.0, "{name}: a sum of nothing");
    }
}

fn check(families: &BTreeMap<String, Family>, machines: usize) {
    for (name, family) in families {
        assert!(name.starts_with("gopark_"), "{name}");
        assert!(family.help.ends_with('.'), "{name}: {}", family.help);
        assert!(!family.samples.is_empty(), "{name}");
        if let Some(unit) = &family.unit {
            assert!(name.ends_with(unit), "{name} in {unit}");
        }
        if family.kind == "histogram" {
            check_histogram(name, family);
            assert!(family.unit.is_some(), "{name}");
        } else {
            let expected = if name.starts_with("gopark_machine_") { machines } else { 1 };
            assert_eq!(family.samples.len(), expected, "{name}");
        }
    }
}

#[test]
fn families_are_described_and_numbers_agree() {
    bounded(|| {
        let runtime = runtime(2);
        let (first, second) = runtime.run(|| {
            let work = || {
                let sleepers = (0..20).map(|_| go(|| sleep(Duration::from_millis(1))));
                sleepers
                    .collect::<Vec<_>>()
                    .into_iter()
                    .for_each(|sleeper| sleeper.join().expect("no panic"));
                (0..1000).for_each(|_| yield_now());
            };
            work();
            let first = gopark::metrics().prometheus();
            work();
            (first, gopark::metrics().prometheus())
        });
        let (first, second) = (parse(&first), parse(&second));
        assert!(first.keys().eq(second.keys()));
        for families in [&first, &second] {
            check(families, 2);
        }
        for (name, then) in first.iter().filter(|(_, family)| family.kind != "gauge") {
            for (before, after) in then.samples.iter().zip(&second[name].samples) {
                assert_eq!((&before.name, &before.labels), (&after.name, &after.labels));
                assert!(before.value <= after.value, "{before:?}, then {after:?}");
            }
        }
        let spawned = &second["gopark_spawned"].samples[0];
        assert_eq!((spawned.name.as_str(), spawned.value), ("gopark_spawned_total", 41.0));
        let fired: f64 =
            second["gopark_machine_timers_fired"].samples.iter().map(|sample| sample.value).sum();
        let late = &second["gopark_machine_timer_lateness_seconds"].samples;
        let measured =
            late.iter().filter(|sample| sample.name.ends_with("_count")).map(|sample| sample.value);
        assert_eq!(measured.sum::<f64>(), fired);
        let seconds = late.iter().filter(|sample| sample.name.ends_with("_sum")).map(|sample| sample.value);
        assert!(seconds.sum::<f64>() < 60.0, "seconds, not nanoseconds");
    });
}

/// Every field has its family, under its name.
#[test]
fn every_field_is_there() {
    bounded(|| {
        let metrics = runtime(1).metrics();
        let families = parse(&metrics.prometheus());
        let text = format!("{metrics:#?}");
        let mut of_machine = 0;
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            let Some((field, _)) = line.trim_start().split_once(':') else { continue };
            let prefix = match indent {
                4 if field != "machines" => "gopark_",
                12 => "gopark_machine_",
                _ => continue,
            };
            of_machine += usize::from(indent == 12);
            let name = field.replace("_ns", "_seconds").replace("poll_batch", "poll_batch_events");
            assert!(families.contains_key(&format!("{prefix}{name}")), "{prefix}{name}");
        }
        assert!(of_machine > 30, "{text}");
    });
}
