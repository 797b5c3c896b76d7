//! A chat: one task knows all who have joined, and each of these has one that reads and one that writes.

use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::library::{Library, Tell};
use crate::load::MESSAGE;

/// Of each channel.
pub const PLACES: usize = 16;

enum Event<L: Library> {
    Joined(L::Sender<Arc<[u8]>>),
    Said(Arc<[u8]>),
}

/// Does not come back.
pub fn serve<L: Library>(tell: Tell) -> io::Result<()> {
    let (events, happened) = channel::<L, Event<L>>();
    L::detach(move || tell_all::<L>(&happened));
    L::accept(tell, |stream| {
        let Ok(half) = L::another_stream(&stream) else { return };
        let (hears, heard) = channel::<L, Arc<[u8]>>();
        L::detach(move || write::<L>(half, &heard));
        L::send(&events, Event::Joined(hears));
        let says = L::another_sender(&events);
        L::detach(move || read::<L>(stream, &says));
    })
}

fn channel<L: Library, T: Send + 'static>() -> (L::Sender<T>, L::Receiver<T>) {
    L::channel(PLACES).expect("all have such channels")
}

/// Nobody leaves before all is over.
fn tell_all<L: Library>(happened: &L::Receiver<Event<L>>) {
    let mut all = Vec::new();
    while let Some(event) = L::receive(happened) {
        match event {
            Event::Joined(hears) => {
                L::send(&hears, Arc::new([0; MESSAGE]));
                all.push(hears);
            }
            Event::Said(message) => all.iter().for_each(|hears| L::send(hears, message.clone())),
        }
    }
}

fn write<L: Library>(mut stream: L::Stream, heard: &L::Receiver<Arc<[u8]>>) {
    while let Some(message) = L::receive(heard) {
        if stream.write_all(&message).is_err() {
            break;
        }
    }
}

fn read<L: Library>(mut stream: L::Stream, says: &L::Sender<Event<L>>) {
    let mut message = [0; MESSAGE];
    while stream.read_exact(&mut message).is_ok() {
        L::send(says, Event::Said(Arc::new(message)));
    }
}
