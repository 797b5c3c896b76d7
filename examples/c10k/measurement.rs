//! The steps of the measurement, in the server's process.
//!
//! All this runs on the main thread, which is none of the runtime's: it may block, read files and draw, and the
//! server does not notice.

use std::io;
use std::thread;
use std::time::Duration;

use gopark::{Runtime, trace};
use instruments::numbers::{duration, grouped, per_second};
use instruments::{Memory, Phase};

use crate::client::LAST_REPLIES;
use crate::client_process::{ClientProcess, Patience};
use crate::figures::{Figures, Idle};
use crate::options::Options;
use crate::reports::{EXCHANGE, OPEN, Report, Summary};
use crate::{descriptors, server};

/// A worker that has been idle for 50 ms gives back the memory that waiting coroutines do not need.
const SETTLE: Duration = Duration::from_millis(200);

/// How long the client may take for anything before we believe that it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns whether everything went well.
pub(crate) fn run(mut options: Options) -> io::Result<bool> {
    options.connections = descriptors::affordable(options.connections, options.workers);
    let runtime = options.runtime()?;
    let serve = if options.on_readable { server::by_message } else { server::by_connection };
    let port = server::start(&runtime, options.connections, options.port, serve)?;
    let mut client = ClientProcess::start(&options, port)?;

    let before = Memory::now()?;
    let open = open(&mut client, &options)?;
    let idle = measure_idle(&runtime, before, open, &options)?;
    if let Some(path) = &options.trace {
        trace::start(path)?;
    }
    let cpu_before = cpu_time();
    let summary = exchange(&mut client, open, &options)?;
    let cpu = cpu_time().saturating_sub(cpu_before);
    client.finish()?;
    if options.trace.is_some() {
        let trace = trace::stop()?;
        let (events, lost) = (grouped(trace.events), grouped(trace.lost));
        println!("{}: {events} events, {lost} lost", trace.path.display());
    }

    let figures = Figures { options: &options, open, idle, summary, cpu, server: runtime.metrics() };
    println!("{}", figures.table());
    Ok(figures.all_went_well())
}

/// Lets the client open all connections. Returns how many there are.
fn open(client: &mut ClientProcess, options: &Options) -> io::Result<u64> {
    let all = u64::from(options.connections);
    let phase = Phase::begin("opening connections", all);
    let patience = Patience::new("opening connections", PATIENCE);
    client.order(OPEN)?;
    loop {
        match client.report(&patience)? {
            Report::Opening(open) => phase.at(open, || grouped(open)),
            Report::Opened(open) => {
                let lasted = duration(phase.lasts());
                phase.end(format_args!("opened {} of {} in {lasted}", grouped(open), grouped(all)));
                return Ok(open);
            }
            Report::Failed(why) => phase.remark(why),
            other => return Err(out_of_turn(&other)),
        }
    }
}

/// What the server takes while every connection is silent.
fn measure_idle(runtime: &Runtime, before: Memory, open: u64, options: &Options) -> io::Result<Idle> {
    let phase = Phase::begin("idle", 1);
    thread::sleep(SETTLE);
    let memory = Memory::now()?.since(before).divided_by(open as usize);
    let metrics = runtime.metrics();
    // Every coroutine of the server that is alive has a connection, except those that accept them.
    let served = metrics.live.saturating_sub(server::listeners(options.connections) as u64);
    let homed = metrics.machines.iter().map(|machine| machine.homed as u64).collect();
    phase.end(format_args!("idle: {} bytes a connection", grouped(memory.total())));
    Ok(Idle { memory, served, homed })
}

/// Lets the client exchange messages for as long as is asked for.
fn exchange(client: &mut ClientProcess, open: u64, options: &Options) -> io::Result<Summary> {
    let whole = options.exchange_time();
    let phase = Phase::begin("exchanging messages", whole.as_millis() as u64);
    let patience = Patience::new("exchanging messages", whole + LAST_REPLIES + PATIENCE);
    client.order(EXCHANGE)?;
    let mut messages_before = 0;
    let mut lasted_before = Duration::ZERO;
    loop {
        match client.report(&patience)? {
            Report::Exchanged { messages, .. } => {
                let lasted = phase.lasts();
                let rate = per_second(messages - messages_before, lasted - lasted_before);
                phase.at(lasted.min(whole).as_millis() as u64, || {
                    format!("{} connections, {} messages/s", grouped(open), grouped(rate as u64))
                });
                (messages_before, lasted_before) = (messages, lasted);
            }
            Report::Failed(why) => phase.remark(why),
            Report::Finished(summary) => {
                let (messages, lasted) = (grouped(summary.messages), duration(phase.lasts()));
                phase.end(format_args!("exchanged {messages} messages in {lasted}"));
                return Ok(summary);
            }
            other => return Err(out_of_turn(&other)),
        }
    }
}

/// What this process has used so far.
fn cpu_time() -> Duration {
    let usage = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(usage.tv_sec as u64, usage.tv_nsec as u32)
}

fn out_of_turn(report: &Report) -> io::Error {
    io::Error::other(format!("the client said out of turn: {report}"))
}
