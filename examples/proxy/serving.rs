//! Who is let in, and how it ends.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gopark::chan::Receiver;
use gopark::net::TcpListener;
use gopark::signal::Signal;
use gopark::sync::Semaphore;
use gopark::time::after;
use gopark::{Context, go, is_cancelled, select};

use crate::relay::{Patience, relay};

/// A proxy that is yet to begin.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// Where connections go.
    pub(crate) target: SocketAddr,
    /// How many there may be at once.
    pub(crate) connections: usize,
    pub(crate) patience: Patience,
    /// How long they may last after the end.
    pub(crate) grace: Duration,
    /// Hears why a connection has failed.
    pub(crate) tell: fn(SocketAddr, &io::Error),
}

impl Proxy {
    /// Serves until `stop` has something to say, and then those who are there: for the grace, or until it says more.
    /// Returns how many there were.
    pub(crate) fn serve(self, listener: TcpListener, stop: Receiver<Signal>) -> usize {
        let (all, cut) = Context::background().with_cancel();
        let (connections, grace) = (self.connections, self.grace);
        let places = Arc::new(Semaphore::new(connections));
        let acceptor = go({
            let places = places.clone();
            move || self.accept(&listener, &places, &all)
        });
        let _ = stop.recv();
        acceptor.cancel();
        let served = acceptor.join().expect("it does not panic");

        let limit = go(move || {
            select! {
                recv(stop) -> _ => {}
                recv(after(grace)) -> _ => {}
            }
            cut.cancel();
        });
        // All places are free when nobody is left.
        drop(places.acquire_many(connections));
        limit.cancel();
        served
    }

    /// Lets clients in until it is cancelled; then nobody listens any more. Returns how many there were.
    fn accept(&self, listener: &TcpListener, places: &Arc<Semaphore>, all: &Context) -> usize {
        let mut served = 0;
        // First the place: whoever finds none waits in the queue of the kernel.
        while let Ok(place) = places.acquire_owned_timeout(Duration::MAX) {
            let (client, address) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(end) if is_cancelled(&end) => break,
                Err(error) => {
                    eprintln!("accept: {error}");
                    continue;
                }
            };
            served += 1;
            let (proxy, all) = (self.clone(), all.clone());
            go(move || {
                let _place = place;
                if let Err(why) = all.run(|| relay(&client, proxy.target, proxy.patience)) {
                    (proxy.tell)(address, &why);
                }
            });
        }
        served
    }
}
