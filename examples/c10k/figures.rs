//! What was measured, and the table of it.

use std::time::Duration;

use gopark::{MachineMetrics, Metrics};
use instruments::numbers::{duration, grouped, per_second};
use instruments::{Memory, Table};

use crate::options::Options;
use crate::reports::Summary;

/// All that the table shows.
pub(crate) struct Figures<'a> {
    pub(crate) options: &'a Options,
    /// Connections that the client has opened.
    pub(crate) open: u64,
    pub(crate) idle: Idle,
    pub(crate) summary: Summary,
    /// What the server has used while messages were exchanged.
    pub(crate) cpu: Duration,
    /// The counts of the server's runtime, in the end.
    pub(crate) server: Metrics,
}

/// The server while all connections were open and silent.
pub(crate) struct Idle {
    /// What one connection takes. The kernel's side of its socket is not the process's memory and not in it.
    pub(crate) memory: Memory,
    /// Connections that have a coroutine.
    pub(crate) served: u64,
    /// How many coroutines live on each worker thread.
    pub(crate) homed: Vec<u64>,
}

impl Figures<'_> {
    /// Whether all connections came about and lasted, and everything that came back was right.
    pub(crate) fn all_went_well(&self) -> bool {
        let asked = u64::from(self.options.connections);
        let Summary { failed, wrong, messages, .. } = self.summary;
        self.open == asked && self.idle.served == asked && failed == 0 && wrong == 0 && messages > 0
    }

    pub(crate) fn table(&self) -> Table {
        let size = grouped(self.options.messages_max_bytes.into());
        let mut table =
            Table::new(format!("messages of 1 to {size} bytes, echoed on all connections at once"));
        self.connections(&mut table);
        self.messages(&mut table);
        self.server(&mut table);
        table
    }

    fn connections(&self, table: &mut Table) {
        let memory = self.idle.memory;
        let [total, resident, page_tables] =
            [memory.total(), memory.resident, memory.page_tables].map(grouped);
        table.row("connections", grouped(self.open));
        table.row("  failed", grouped(self.summary.failed));
        table.row("  with wrong bytes", grouped(self.summary.wrong));
        table.row(
            "memory of the server per idle connection",
            format!("{total} bytes ({resident} resident + {page_tables} page tables)"),
        );
    }

    fn messages(&self, table: &mut Table) {
        let Summary { messages, bytes, microseconds, p50, p99, p999, max, .. } = self.summary;
        let time = Duration::from_micros(microseconds);
        let [p50, p99, p999, max] = [p50, p99, p999, max].map(|us| duration(Duration::from_micros(us)));
        table.row("messages", grouped(messages));
        table.row("  per second", grouped(per_second(messages, time) as u64));
        table.row("  MB/s, each way", format!("{:.1}", per_second(bytes, time) / 1e6));
        table.row("  latency p50, p99, p999, longest", format!("{p50}, {p99}, {p999}, {max}"));
    }

    fn server(&self, table: &mut Table) {
        let machines = &self.server.machines;
        let sum = |of: fn(&MachineMetrics) -> u64| machines.iter().map(of).sum::<u64>();
        let homed: Vec<String> = self.idle.homed.iter().copied().map(grouped).collect();
        let (steals, stolen) = (sum(|machine| machine.steals), sum(|machine| machine.stolen));
        let (polls, events) = (sum(|machine| machine.polls), sum(|machine| machine.events));
        let each = self.cpu.as_secs_f64() * 1e6 / self.summary.messages.max(1) as f64;
        table.row("CPU time of the server per message", format!("{each:.2} us"));
        table.row("the server's coroutines, by worker", homed.join(" + "));
        let taken = format!("{} in {} steals", grouped(stolen), grouped(steals));
        table.row("  taken by another before they ran", taken);
        table.row("  parks", grouped(sum(|machine| machine.parks)));
        table.row("  polls", grouped(polls));
        table.row("  events per poll", format!("{:.1}", events as f64 / polls.max(1) as f64));
    }
}
