//! What there is to see.

use std::fs;
use std::thread;

use gopark_runtime::face::dump;
use gopark_runtime::face::of_runtimes::prometheus_of;
use gopark_runtime::face::trace;

use super::answer::Answer;
use super::profile;
use super::request::Request;

/// A profile or a trace that is longer is a mistake.
const LONGEST_SECONDS: f64 = 600.0;

const INDEX: &str = "\
/debug/coroutines             every coroutine: what it waits for, who holds that, its stack
/debug/coroutines?format=json the same for programs
/debug/profile?seconds=30     where CPU time is spent, for go tool pprof
/debug/profile?format=folded  the same as lines for flame graphs
/debug/trace?seconds=5        what the scheduler does, for https://ui.perfetto.dev
/metrics                      for Prometheus, of the oldest runtime; ?runtime=2 of another one
";

pub(super) fn answer(request: &Request) -> Answer {
    let answer = match request.path.as_str() {
        "/" | "/debug" | "/debug/" => Ok(Answer::text(INDEX.to_owned())),
        "/debug/coroutines" => coroutines(request),
        "/debug/profile" => take_profile(request),
        "/debug/trace" => take_trace(request),
        "/metrics" => metrics(request),
        _ => Err(Answer::refusal(404, "there is no such page; / names those that there are")),
    };
    answer.unwrap_or_else(|refusal| refusal)
}

fn coroutines(request: &Request) -> Result<Answer, Answer> {
    match request.value("format") {
        None | Some("text") => Ok(Answer::text(dump().to_string())),
        Some("json") => Ok(Answer::json(dump().to_json().into_bytes())),
        Some(_) => Err(Answer::refusal(400, "format: text or json")),
    }
}

fn metrics(request: &Request) -> Result<Answer, Answer> {
    let runtime = request.value("runtime").map(str::parse).transpose();
    let runtime = runtime.map_err(|_| Answer::refusal(400, "runtime: a number"))?;
    let text = prometheus_of(runtime).ok_or_else(|| Answer::refusal(404, "there is no such runtime"))?;
    Ok(Answer::open_metrics(text))
}

fn take_profile(request: &Request) -> Result<Answer, Answer> {
    let duration = request.seconds(30.0, LONGEST_SECONDS)?;
    match request.value("format") {
        None | Some("pprof") => profile::take(duration, false),
        Some("folded") => profile::take(duration, true),
        Some(_) => Err(Answer::refusal(400, "format: pprof or folded")),
    }
}

fn take_trace(request: &Request) -> Result<Answer, Answer> {
    let duration = request.seconds(5.0, LONGEST_SECONDS)?;
    let folder = tempfile::tempdir().map_err(|error| Answer::refusal(500, &error.to_string()))?;
    let path = folder.path().join("trace.json");
    // Another one may be under way.
    trace::start(&path).map_err(|error| Answer::refusal(409, &error.to_string()))?;
    thread::sleep(duration);
    let taken = trace::stop().and_then(|_| fs::read(&path));
    taken.map(Answer::json).map_err(|error| Answer::refusal(500, &error.to_string()))
}
