//! Spawn sites and names of spans, which rings hold as addresses.
//!
//! # Invariant
//! 1. An event is recorded with addresses of `Site::of` and `Name::of` only, which take them from `'static`
//!    references; and what is copied from a ring was recorded as it is (flight_ring.rs, invariant 3). So addresses are
//!    followed here, right after the copying, and nowhere else: what has lain in a file since is only looked up.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::panic::Location;
use std::{ptr, slice, str};

use super::event::{Event, Name, Site};
use crate::lockfree::flight_ring::{Copied, FlightRing, Words};

/// Those that have come up. As many as there are in the program text, at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Statics {
    sites: BTreeMap<u64, &'static Location<'static>>,
    names: BTreeMap<(u64, u64), &'static str>,
}

impl Statics {
    /// Copies what is behind `from`, and learns what it speaks of.
    pub(super) fn copy(&mut self, ring: &FlightRing, from: u64, events: &mut Vec<Words>) -> Copied {
        let begin = events.len();
        let copied = ring.copy_from(from, events);
        for words in &events[begin..] {
            match Event::from_words(*words) {
                Some((_, Event::RunBegin { site, .. } | Event::Spawn { site, .. })) => self.learn_site(site),
                Some((_, Event::SpanBegin { name, .. } | Event::SpanEnd { name, .. })) => {
                    self.learn_name(name)
                }
                _ => {}
            }
        }
        copied
    }

    fn learn_site(&mut self, Site(address): Site) {
        if address != 0 && !self.sites.contains_key(&address) {
            let site = ptr::with_exposed_provenance(address as usize);
            // SAFETY: the address of a `&'static Location` (invariant 1).
            self.sites.insert(address, unsafe { &*site });
        }
    }

    fn learn_name(&mut self, Name { address, len }: Name) {
        let bytes = ptr::with_exposed_provenance(address as usize);
        // SAFETY: address and length of one `&'static str` (invariant 1).
        let name = || unsafe { str::from_utf8_unchecked(slice::from_raw_parts(bytes, len as usize)) };
        self.names.entry((address, len)).or_insert_with(name);
    }

    pub(super) fn site(&self, site: Site) -> Option<&'static Location<'static>> {
        self.sites.get(&site.0).copied()
    }

    pub(super) fn name(&self, name: Name) -> &'static str {
        self.names.get(&(name.address, name.len)).copied().unwrap_or("?")
    }
}
