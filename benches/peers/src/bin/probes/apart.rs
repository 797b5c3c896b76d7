//! Each probe has a process of its own, since to crash or to hang is something to be seen as well.

use std::env;
use std::io::{self, ErrorKind, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use gopark_peers::peers::Peer;

use crate::probe::Probe;

/// None takes a quarter of it that goes well.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is seen, in a line.
///
/// # Errors
/// No process can be started.
pub fn probe(peer: Peer, probe: Probe) -> io::Result<String> {
    let mut process = Command::new(env::current_exe()?)
        .arg("--one")
        .arg(format!("{}/{}", peer.name(), probe.name()))
        // go-lib's setting.
        .env("GOMAXPROCS", probe.workers().to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let seen = collect(process.stdout.take().expect("it is piped"));
    let complaints = collect(process.stderr.take().expect("it is piped"));
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = process.try_wait()? {
            break Some(status);
        }
        if begin.elapsed() > PATIENCE {
            process.kill()?;
            process.wait()?;
            break None;
        }
        thread::sleep(Duration::from_millis(10));
    };
    let seen = seen.join().expect("it does not panic");
    let complaints = complaints.join().expect("it does not panic");
    let Some(status) = status else { return Ok(format!("no end after {} s", PATIENCE.as_secs())) };
    if status.success() {
        return Ok(seen.trim().to_owned());
    }
    let end = match status.signal() {
        Some(signal) => format!("crashed (signal {signal})"),
        None => format!("failed ({status})"),
    };
    let first = complaints.lines().find(|line| !line.trim().is_empty());
    Ok(first.map_or_else(|| format!("{end}, without a word"), |line| format!("{end}: {}", line.trim())))
}

/// Reads while the process runs: a full pipe would stop it.
fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What has come until then is of use also when it breaks off.
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// One probe, in this process: prints what is seen.
///
/// # Errors
/// There is no such peer or probe.
pub fn probe_here(one: &str) -> io::Result<()> {
    let unknown = || io::Error::new(ErrorKind::InvalidInput, format!("no probe `{one}`"));
    let (peer, probe) = one.split_once('/').ok_or_else(unknown)?;
    let peer = Peer::from_str(peer, false).map_err(|_| unknown())?;
    let probe = Probe::from_str(probe, false).map_err(|_| unknown())?;
    println!("{}", probe.look_at(peer).unwrap_or_else(|| "-".to_owned()));
    Ok(())
}
