//! What the pages say of the program.

use std::time::Duration;

use gopark::net::debug::serve;
use gopark::sync::Mutex;
use gopark::time::sleep;
use gopark::{Runtime, go, yield_now};

use crate::client::get;

#[test]
fn coroutines_as_text_and_as_json() {
    let server = serve(0).unwrap();
    let address = server.local_addr();
    let runtime = Runtime::builder().workers(1).build().unwrap();
    let parked = runtime.spawn(gopark::coroutine::park);
    let id = parked.coroutine().id();
    runtime.run(yield_now); // it has begun
    let text = get(address, "/debug/coroutines");
    assert!(text.head.contains("text/plain"));
    assert!(text.text().contains(&format!("coroutine {id}: waiting")), "{}", text.text());
    let json = get(address, "/debug/coroutines?format=json");
    assert!(json.head.contains("application/json"));
    let dump: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    let coroutines = dump["coroutines"].as_array().unwrap();
    let one = coroutines.iter().find(|one| one["id"] == id).unwrap();
    assert_eq!(one["waits_for"]["kind"], "unpark");
    parked.coroutine().unpark();
    parked.join().unwrap();
}

/// It has threads of its own.
#[test]
fn it_answers_when_all_workers_are_stuck() {
    static LOCK: Mutex<()> = Mutex::new(());
    let server = serve(0).unwrap();
    let runtime = Runtime::builder().workers(1).max_machines(1).build().unwrap();
    let held = LOCK.lock();
    // A plain thread's lock: it blocks the worker.
    let stuck = runtime.spawn(|| {
        let guard = std::sync::Mutex::new(());
        let _guard = guard.lock();
        std::thread::scope(|scope| drop(scope.spawn(|| drop(LOCK.lock())).join()));
    });
    let answer = get(server.local_addr(), "/debug/coroutines");
    assert!(answer.text().contains(&format!("coroutine {}", stuck.coroutine().id())));
    drop(held);
    stuck.join().unwrap();
}

#[test]
fn a_trace_of_a_moment() {
    let server = serve(0).unwrap();
    let runtime = Runtime::builder().workers(2).build().unwrap();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stops = stop.clone();
    let busy = runtime.spawn(move || {
        while !stops.load(std::sync::atomic::Ordering::Relaxed) {
            go(|| sleep(Duration::from_micros(100))).join().unwrap();
        }
    });
    let answer = get(server.local_addr(), "/debug/trace?seconds=0.2");
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    busy.join().unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let trace: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    assert!(events.iter().any(|event| event["ph"] == "X"), "no run");
}

#[test]
fn metrics_of_each_runtime() {
    let server = serve(0).unwrap();
    let address = server.local_addr();
    let runtime = Runtime::builder().workers(3).build().unwrap();
    let me = runtime.run(|| gopark::coroutine::current().unwrap().id());
    assert_ne!(me, 0);
    let oldest = get(address, "/metrics");
    assert_eq!(oldest.status, 200);
    assert!(oldest.head.contains("application/openmetrics-text"));
    assert!(oldest.text().ends_with("# EOF\n"));
    // Numbers begin with 1, and other tests have runtimes too.
    let mut pages = (1..1000).map(|number| get(address, &format!("/metrics?runtime={number}")));
    let page = pages.find(|page| page.text().contains("gopark_machine_started_total{machine=\"2\"}"));
    assert!(page.is_some_and(|page| page.text().contains("\ngopark_spawned_total 1\n")));
    assert_eq!(get(address, "/metrics?runtime=x").status, 400);
    assert_eq!(get(address, "/metrics?runtime=1000000").status, 404);
}
