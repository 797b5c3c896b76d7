//! Who is where, and how a message gets there.
//!
//! **One lock for all rooms.** It is held for a look-up and a reference count, and never while anything is sent: who
//! speaks takes a share of the list of members, gives the lock back, and then goes through the list, at 100 to 200 ns for
//! each member. So the lock is not what a busy server waits for; and under one lock a client is in one room at any
//! time, and has a name that nobody else has. A list is changed in place, unless somebody is just speaking to it: then
//! it is copied.
//!
//! **A message is one allocation**, which all outboxes share, and so do the WebSockets behind them.
//!
//! **Nobody waits for a slow client.** Where an outbox is full, its sender is dropped. The connection sees the end of its
//! outbox, behind all that was in it, and closes. What one client says arrives in the order in which it was said, and
//! everything up to that end.
//!
//! That somebody joins or leaves is told to nobody: when a thousand clients come back after a restart, that would be a
//! million messages.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use gopark::chan::{Receiver, Sender, TrySendError, bounded};
use gopark::sync::Mutex;
use tungstenite::Utf8Bytes;

/// Where everybody begins.
const LOBBY: &str = "lobby";

/// A name of a client or of a room.
type Name = Arc<str>;

/// Those in a room, by their number: names change.
type Members = BTreeMap<u64, Member>;

/// A client as others in the room have it. Nobody else has its outbox: who is put out has no way in.
#[derive(Clone)]
struct Member {
    name: Name,
    outbox: Sender<Utf8Bytes>,
}

/// All rooms. One that is empty is forgotten.
pub(crate) struct Rooms {
    state: Mutex<State>,
    outbox: usize,
}

#[derive(Default)]
struct State {
    rooms: HashMap<Name, Arc<Members>>,
    /// Those of clients that are taken.
    names: HashSet<Name>,
    /// How many there have been.
    clients: u64,
}

/// A client's place: its name, and the room that it is in. It is given up when this is dropped.
pub(crate) struct Seat<'a> {
    all: &'a Rooms,
    number: u64,
    name: Name,
    room: Name,
}

impl Rooms {
    /// None so far. `outbox`: how many messages may wait for a client.
    pub(crate) fn new(outbox: usize) -> Rooms {
        Rooms { state: Mutex::default(), outbox }
    }

    /// A place in the lobby, under a name that is free, and what is said there.
    pub(crate) fn enter(&self) -> (Seat<'_>, Receiver<Utf8Bytes>) {
        let (sender, outbox) = bounded(self.outbox);
        let (mut state, room) = (self.state.lock(), Name::from(LOBBY));
        let name = loop {
            state.clients += 1;
            let name = Name::from(format!("guest-{}", state.clients));
            if state.names.insert(name.clone()) {
                break name;
            }
        };
        let number = state.clients;
        state.seat(&room, number, Member { name: name.clone(), outbox: sender });
        (Seat { all: self, number, name, room }, outbox)
    }
}

impl Seat<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn room(&self) -> &str {
        &self.room
    }

    /// Says it to everybody in the room, oneself included, and waits for nobody.
    pub(crate) fn say(&self, text: &str) {
        let line = Utf8Bytes::from(format!("{}: {text}", self.name));
        let mut slow = Vec::new();
        for (number, member) in self.members().iter() {
            if let Err(TrySendError::Full(_)) = member.outbox.try_send(line.clone()) {
                slow.push(*number);
            }
        }
        if !slow.is_empty() {
            let mut state = self.all.state.lock();
            // Who has changed rooms meanwhile is not found, and has missed nothing of where it is.
            slow.into_iter().for_each(|number| drop(state.unseat(&self.room, number)));
        }
    }

    /// Changes rooms.
    pub(crate) fn join(&mut self, room: &str) {
        let mut state = self.all.state.lock();
        let member = state.unseat(&self.room, self.number);
        self.room = room.into();
        if let Some(member) = member {
            state.seat(&self.room, self.number, member);
        }
    }

    /// Goes back to where everybody begins.
    pub(crate) fn leave(&mut self) {
        self.join(LOBBY);
    }

    /// Takes another name. False: somebody has it.
    pub(crate) fn rename(&mut self, name: &str) -> bool {
        let mut state = self.all.state.lock();
        let name = Name::from(name);
        if !state.names.insert(name.clone()) {
            return false;
        }
        state.names.remove(&self.name);
        self.name = name.clone();
        if let Some(Member { outbox, .. }) = state.unseat(&self.room, self.number) {
            state.seat(&self.room, self.number, Member { name, outbox });
        }
        true
    }

    /// Tells how many are in the room, and the names of the first hundred.
    pub(crate) fn who(&self) -> String {
        let members = self.members();
        let names: Vec<&str> = members.values().take(100).map(|member| &*member.name).collect();
        format!("{} in the {}: {}", members.len(), self.room, names.join(", "))
    }

    /// Those who are in the room now.
    fn members(&self) -> Arc<Members> {
        self.all.state.lock().rooms.get(&self.room).cloned().unwrap_or_default()
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut state = self.all.state.lock();
        state.unseat(&self.room, self.number);
        state.names.remove(&self.name);
    }
}

impl State {
    fn seat(&mut self, room: &Name, number: u64, member: Member) {
        let members = self.rooms.entry(room.clone()).or_default();
        Arc::make_mut(members).insert(number, member);
    }

    fn unseat(&mut self, room: &Name, number: u64) -> Option<Member> {
        let members = self.rooms.get_mut(room)?;
        let member = Arc::make_mut(members).remove(&number);
        if members.is_empty() {
            self.rooms.remove(room);
        }
        member
    }
}

#[cfg(test)]
mod tests {
    use super::Rooms;

    #[test]
    fn all_members_share_one_allocation() {
        let rooms = Rooms::new(1);
        let seats = [(); 3].map(|()| rooms.enter());
        seats[0].0.say("hello");
        let heard = seats.each_ref().map(|(_, outbox)| outbox.try_recv().unwrap());
        assert_eq!(heard[2].as_str(), "guest-1: hello");
        assert!(heard.iter().all(|line| line.as_ptr() == heard[0].as_ptr()));
    }

    #[test]
    fn names_are_taken_once() {
        let rooms = Rooms::new(1);
        let (mut ann, _outbox) = rooms.enter();
        let (mut bob, _outbox) = rooms.enter();
        assert!(ann.rename("ann") && !bob.rename("ann") && bob.rename("guest-3"));
        let (carl, _outbox) = rooms.enter();
        assert_eq!((carl.name(), carl.who().as_str()), ("guest-4", "3 in the lobby: ann, guest-3, guest-4"));
        drop(ann);
        assert!(bob.rename("ann"));
        assert_eq!(carl.who(), "2 in the lobby: ann, guest-4");
    }

    #[test]
    fn who_is_full_is_put_out_and_stays_out() {
        let rooms = Rooms::new(2);
        let (ann, hears) = rooms.enter();
        let (mut bob, sleeps) = rooms.enter();
        for text in ["one", "two", "three", "four"] {
            ann.say(text);
            assert_eq!(hears.recv().unwrap().as_str(), format!("guest-1: {text}"));
        }
        bob.rename("bob");
        bob.join("garden");
        bob.say("is anybody here?");
        assert_eq!(sleeps.iter().collect::<Vec<_>>().len(), 2);
        assert_eq!(bob.who(), "0 in the garden: ");
    }

    #[test]
    fn an_empty_room_is_forgotten() {
        let rooms = Rooms::new(1);
        let (mut ann, _outbox) = rooms.enter();
        ann.join("garden");
        assert_eq!(rooms.state.lock().rooms.len(), 1);
        ann.leave();
        assert_eq!(ann.room(), "lobby");
        drop(ann);
        let state = rooms.state.lock();
        assert!(state.rooms.is_empty() && state.names.is_empty());
    }
}
