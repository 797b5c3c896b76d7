//! A site to crawl: pages that are made up when they are asked for, on loopback.
//!
//! Page n links to the pages 3n + 1, 3n + 2 and 3n + 3, and back to its parent. Each takes a moment, some take longer than
//! anybody waits.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gopark::net::{TcpListener, TcpStream};
use gopark::{JoinHandle, go, time};

/// What the site is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) pages: u64,
    /// How long a page takes.
    pub(crate) takes: Duration,
    /// Every so many-th page hangs.
    pub(crate) every_hangs: u64,
}

impl Site {
    /// Serves it until the handle is cancelled.
    pub(crate) fn serve(self) -> io::Result<(SocketAddr, JoinHandle<()>)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let site = Arc::new(self);
        let server = go(move || {
            while let Ok((visitor, _)) = listener.accept() {
                let site = site.clone();
                go(move || drop(site.answer(&visitor)));
            }
        });
        Ok((address, server))
    }

    /// One request a connection: the crawler's are short.
    fn answer(&self, visitor: &TcpStream) -> io::Result<()> {
        let mut line = String::new();
        BufReader::new(visitor).read_line(&mut line)?;
        let page = line.strip_prefix("GET /").and_then(|rest| rest.split(' ').next()?.parse().ok());
        let Some(page) = page.filter(|page| *page < self.pages) else {
            return (&*visitor).write_all(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        };
        if self.hangs(page) {
            // Until the visitor has had enough.
            return visitor.readable().map(drop);
        }
        time::try_sleep(self.takes).map_err(io::Error::other)?;
        let body = self.body(page);
        write!(&*visitor, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }

    /// Whether that page does not come.
    pub(crate) fn hangs(&self, page: u64) -> bool {
        page % self.every_hangs == self.every_hangs - 1
    }

    /// The pages to which `page` links: its parent, and those that there are of its children.
    pub(crate) fn links(&self, page: u64) -> impl Iterator<Item = u64> {
        let children = (3 * page + 1..=3 * page + 3).filter(|child| *child < self.pages);
        page.checked_sub(1).map(|before| before / 3).into_iter().chain(children)
    }

    fn body(&self, page: u64) -> String {
        let links = self.links(page).map(|link| format!("<a href=\"/{link}\">{link}</a>\n"));
        format!("<h1>{page}</h1>\n{}", links.collect::<String>())
    }
}
